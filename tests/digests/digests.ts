/**
 * Trains and encodes with every activation on every backend, and compares SHA-256 digests of all results with
 * the recorded ones: run it before and after a change that should not change any number.
 *
 *     deno task digests                    compares with tests/digests/recorded.json
 *     deno task digests --record           writes that file instead
 *
 * WebGPU and relaxed SIMD may round differently on other processors and drivers: record first on the machine
 * where you compare.
 */

import {
  type Activation,
  type Backend,
  createBackend,
  initialParameters,
  matryoshkaLoss,
  type Penalty,
  Random,
  type SaeParameters,
  SparseAutoencoder,
  Trainer,
} from "../../mod.ts";
import { whyNoVulkan } from "../missing.ts";

const RECORDED = new URL("recorded.json", import.meta.url);

const BACKENDS: Record<string, () => Promise<Backend>> = {
  "reference": () => createBackend("reference"),
  "wasm scalar": () => createBackend("wasm", { tier: "scalar" }),
  "wasm simd": () => createBackend("wasm", { tier: "simd" }),
  "wasm relaxed": () => createBackend("wasm", { tier: "relaxed" }),
  "wasm simd, 2 threads": () => createBackend("wasm", { tier: "simd", threads: 2 }),
  "wasm relaxed, 2 threads": () => createBackend("wasm", { tier: "relaxed", threads: 2 }),
  "webgpu, tiles of 8": () => createBackend("webgpu", { tileSide: 8 }),
  "webgpu, tiles of 16": () => createBackend("webgpu", { tileSide: 16 }),
};

/** Even sizes that fill vectors and tiles, and ragged ones that do not. */
const SIZES = [
  { inputSize: 32, latentCount: 128, rows: 64 },
  { inputSize: 19, latentCount: 75, rows: 37 },
];

const STEPS = 24;

function activations(latentCount: number): Activation[] {
  const threshold = Float32Array.from({ length: latentCount }, (_, i) => 0.05 + (i % 5) / 20);
  return [
    { kind: "relu" },
    { kind: "identity" },
    { kind: "topk", k: 7 },
    { kind: "batchtopk", k: 7 },
    { kind: "jumprelu", threshold },
  ];
}

const PENALTIES: Penalty[] = [
  { kind: "log", coefficient: 0.2, epsilon: 0.1, subtractLogEpsilon: true },
  { kind: "l1", coefficient: 0.1 },
];

async function digest(arrays: readonly ArrayLike<number>[]): Promise<string> {
  const text = arrays.map((array) => Float64Array.from(array));
  const bytes = await new Blob(text).arrayBuffer();
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.toHex().slice(0, 16);
}

function rowsOf(random: Random, count: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, () => random.normal());
}

const weights = (p: SaeParameters) => [p.encoder, p.encoderBias, p.decoder, p.decoderBias];

async function digestsOf(backend: Backend): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const { inputSize, latentCount, rows } of SIZES) {
    const size = `${rows}×${inputSize}×${latentCount}`;
    for (const activation of activations(latentCount)) {
      const parameters = initialParameters(inputSize, latentCount, Random.fromSeed(3));
      for (const algorithm of ["dense", "sparse"] as const) {
        for (const penalty of PENALTIES) {
          const name = `${size} ${activation.kind} ${algorithm} ${penalty.kind}`;
          const random = Random.fromSeed(4);
          const trainer = await Trainer.create(backend, {
            inputSize,
            latentCount,
            activation,
            penalty,
            algorithm,
            steps: STEPS,
            prefixCount: 5,
            targetL0: 9,
            deadAfter: 5,
            permuteEvery: 10,
            initial: parameters,
          });
          const figures: number[] = [];
          for (let step = 0; step < STEPS; step++) {
            await trainer.step(rowsOf(random, rows * inputSize));
            if (step % 8 !== 7) continue;
            const { loss, l0, sparsityScale, perPrefix } = await trainer.metrics();
            figures.push(loss, l0, sparsityScale, ...perPrefix.map(({ fvu }) => fvu));
          }
          digests[`train ${name}`] = await digest([
            figures,
            ...weights(await trainer.parameters()),
          ]);
          trainer[Symbol.dispose]();
        }
        const result = await matryoshkaLoss(
          backend,
          parameters,
          rowsOf(Random.fromSeed(5), rows * inputSize),
          {
            prefixes: [latentCount >> 3, latentCount >> 1, latentCount],
            prefixWeights: [3, 2, 1],
            activation,
            penalty: PENALTIES[0],
            subtractDecoderBias: true,
            algorithm,
          },
        );
        digests[`loss ${size} ${activation.kind} ${algorithm}`] = await digest([
          [result.loss],
          ...weights(result.gradients),
        ]);
      }
      const sae = SparseAutoencoder.fromParameters(backend, parameters, { activation });
      const codes = await sae.encode(rowsOf(Random.fromSeed(6), rows * inputSize));
      const decoded = await sae.decode(codes, { prefix: latentCount >> 1 });
      const { rowOffsets, indices, values } = codes;
      digests[`encode ${size} ${activation.kind}`] = await digest([rowOffsets, indices, values]);
      digests[`decode ${size} ${activation.kind}`] = await digest([decoded]);
      sae[Symbol.dispose]();
    }
  }
  return digests;
}

const recording = Deno.args.includes("--record");
const recorded = recording ? {} : JSON.parse(await Deno.readTextFile(RECORDED));
const all: Record<string, Record<string, string>> = {};
let compared = 0;
let different = 0;
for (const [name, create] of Object.entries(BACKENDS)) {
  const missing = name.startsWith("webgpu") ? whyNoVulkan() : undefined;
  if (missing) {
    console.log(`${name}: left out, ${missing}`);
    continue;
  }
  const backend = await create();
  all[name] = await digestsOf(backend);
  backend[Symbol.dispose]();
  for (const [key, value] of Object.entries(all[name])) {
    if (recording) continue;
    compared++;
    if (recorded[name]?.[key] === value) continue;
    different++;
    console.log(`${name}: ${key}: ${value}, recorded ${recorded[name]?.[key]}`);
  }
  console.log(`${name}: ${Object.keys(all[name]).length} digests`);
}
if (recording) await Deno.writeTextFile(RECORDED, JSON.stringify(all, null, 1) + "\n");
else console.log(`${compared - different} equal, ${different} different`);
Deno.exit(different > 0 ? 1 : 0);
