/** The edge service with an autoencoder that was trained as batch top-k and is stored with its threshold. */
import { assert, assertEquals } from "@std/assert";
import { loadAutoencoder } from "../../../examples/edge/autoencoder.ts";
import { readCodes } from "../../../examples/edge/read_codes.ts";
import type { Settings } from "../../../examples/edge/settings.ts";
import {
  calibrateThreshold,
  createBackend,
  initialParameters,
  jumpReluOf,
  Random,
  type Sae,
  saveSae,
} from "../../../mod.ts";
import { keepNothing, post, serviceOf } from "./fake.ts";

const d = 6;
const random = Random.fromSeed(3);
const trained: Sae = {
  parameters: initialParameters(d, 32, random),
  activation: { kind: "batchtopk", k: 4 },
  subtractDecoderBias: false,
};
// Lengths differ, so that rows compete unequally for the entries of a batch. 130 rows take three chunks.
const rows = Array.from(
  { length: 130 },
  (_, b) => Array.from({ length: d }, () => Math.fround((1 + b % 7) * random.normal())),
);

/** Serves an autoencoder, and returns the active latents of each row of each request. */
async function activeSets(sae: Sae, requests: number[][][]): Promise<string[]> {
  using backend = await createBackend("wasm");
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    await Deno.writeFile(path, saveSae(sae, "native")["sae.safetensors"]);
    const settings = { url: path } as Settings;
    const served = await loadAutoencoder(backend, settings, new AbortController().signal);
    const service = serviceOf(served, { maxBytes: 2 ** 20, maxBytesInFlight: 2 ** 21 });
    const sets: string[] = [];
    for (const request of requests) {
      const response = await service(post("/codes", request), keepNothing);
      const { rowOffsets, indices } = readCodes(await response.arrayBuffer());
      for (let b = 0; b < request.length; b++) {
        sets.push(`${indices.subarray(rowOffsets[b], rowOffsets[b + 1])}`);
      }
    }
    return sets;
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("an autoencoder with its threshold gives a row the same active latents beside any others", async () => {
  using backend = await createBackend("reference");
  const batch = new Float32Array(rows.flat());
  const { threshold, l0 } = await calibrateThreshold(backend, trained, () => [batch]);
  const alone = rows.map((row) => [row]);
  const jump = jumpReluOf(trained, threshold);
  const together = await activeSets(jump, [rows]);
  assertEquals(await activeSets(jump, alone), together);
  assertEquals(together.join().split(",").filter((index) => index !== "").length, l0 * 130);
  // As batch top-k the neighbours decide.
  const asTrained = await activeSets(trained, [rows]);
  const trainedAlone = await activeSets(trained, alone);
  assert(asTrained.some((set, b) => set !== trainedAlone[b]));
});
