/** A fake autoencoder with obvious results, for tests of the service around it. */
import { codesFromDense } from "../../../mod.ts";
import type { Service } from "../../../examples/edge/service.ts";
import { createService, type Served } from "../../../examples/edge/service.ts";
import type { Limits } from "../../../examples/edge/settings.ts";

export const LIMITS: Limits = {
  maxRows: 200,
  maxBytes: 4096,
  maxBytesInFlight: 8192,
  bodySeconds: 5,
  answerSeconds: 5,
  loadSeconds: 5,
};

/** Returns a fake: latents 0 to 2 of a row are its three values and latent 3 is their sum, after relu. */
export function fake(given: Partial<Served> = {}): Served & { readonly encoded: number[] } {
  const encoded: number[] = [];
  return {
    inputSize: 3,
    latentCount: 4,
    activation: { kind: "relu" },
    normalises: false,
    facts: { backend: "none" },
    encoded,
    encode(x) {
      const rows = x.length / 3;
      encoded.push(rows);
      const dense = new Float32Array(rows * 4);
      for (let b = 0; b < rows; b++) {
        const row = [...x.subarray(3 * b, 3 * b + 3)];
        dense.set([...row, row[0] + row[1] + row[2]].map((v) => Math.max(v, 0)), 4 * b);
      }
      return Promise.resolve(codesFromDense(rows, 4, dense));
    },
    ...given,
  };
}

/** Returns a service with an autoencoder, by default the fake. */
export function serviceOf(served: Served = fake(), limits: Partial<Limits> = {}): Service {
  return createService(() => Promise.resolve(served), { ...LIMITS, ...limits });
}

/** Returns a request with rows. */
export function post(path: string, body: BodyInit | unknown[], type = "application/json"): Request {
  return new Request(`http://edge${path}`, {
    method: "POST",
    headers: { "content-type": type },
    body: Array.isArray(body) ? JSON.stringify(body) : body,
  });
}

/** Keeps nothing alive: in a process, work continues anyway. */
export const keepNothing = (): void => {};
