/**
 * Builds the page and serves it with a strict policy: `deno task example:page [autoencoder] [port]`. Without a file
 * it trains a small autoencoder on the toy world.
 */

import { createBackend, Random, saveSae, ToyTree, Trainer } from "@matryoshka/sae";
import { build } from "./build.ts";
import { HEADERS } from "./headers.ts";

const STEPS = 1000;

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  safetensors: "application/octet-stream",
};

/** Trains an autoencoder of 20 latents, and returns its file. */
async function trainedFile(): Promise<Uint8Array> {
  using backend = await createBackend("wasm");
  const world = ToyTree.create({ seed: 1 });
  using trainer = await Trainer.create(backend, {
    inputSize: world.inputSize,
    latentCount: 20,
    steps: STEPS,
    prefixCount: 10,
    targetL0: 1.2,
  });
  const random = Random.fromSeed(2);
  for (let step = 0; step < STEPS; step++) await trainer.step(world.sample(200, random).batch);
  const files = saveSae({
    parameters: await trainer.rawParameters(),
    activation: { kind: "relu" },
    subtractDecoderBias: false,
  }, "native");
  return files["sae.safetensors"];
}

/** Answers a request for a file, or for a range of it. */
function answer(body: Uint8Array<ArrayBuffer>, request: Request, headers: Headers): Response {
  headers.set("accept-ranges", "bytes");
  const [, from, last] = request.headers.get("range")?.match(/^bytes=(\d+)-(\d+)$/) ?? [];
  if (from === undefined) return new Response(body, { headers });
  const part = body.subarray(Number(from), Number(last) + 1);
  const range = `bytes ${from}-${Number(from) + part.length - 1}/${body.length}`;
  headers.set("content-range", range);
  return new Response(part, { status: 206, headers });
}

/** Returns a handler that serves the files of a flat folder, and the autoencoder as `sae.safetensors`. */
export function handler(
  folder: URL,
  sae: Uint8Array,
  common: Readonly<Record<string, string>> = HEADERS,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const name = new URL(request.url).pathname.slice(1) || "index.html";
    const type = TYPES[name.split(".").at(-1)!];
    const known = type !== undefined && !name.includes("/");
    const body = name === "sae.safetensors"
      ? sae.slice()
      : known && await Deno.readFile(new URL(name, folder)).catch(() => undefined);
    const headers = new Headers(common);
    if (!body) return new Response("Not found", { status: 404, headers });
    headers.set("content-type", type);
    return answer(body, request, headers);
  };
}

if (import.meta.main) {
  const [path = "", port = "8000"] = Deno.args;
  const folder = await build();
  const sae = path === "" ? await trainedFile() : await Deno.readFile(path);
  const onListen = ({ port }: { port: number }) => console.log(`Serving http://localhost:${port}/`);
  Deno.serve({ hostname: "localhost", port: Number(port), onListen }, handler(folder, sae));
}
