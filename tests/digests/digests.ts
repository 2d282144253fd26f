/**
 * Trains and encodes with every activation on every backend, and compares SHA-256 digests of all results with
 * the recorded ones. Run it before and after a change that must not change any number.
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
import { portableBackends } from "../backends.ts";
import { whyNoVulkan } from "../missing.ts";

const RECORDED = new URL("recorded.json", import.meta.url);

/** WebGPU with each tile: which one is chosen by default depends on the adapter. */
const TILES = ([8, 16] as const).map((tileSide) => ({
  name: `webgpu, tiles of ${tileSide}`,
  create: () => createBackend("webgpu", { tileSide }),
}));

/** Even sizes, which fill vectors and tiles, and ragged sizes, which do not. */
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

type Size = (typeof SIZES)[number];

/** What one training run or one loss is computed with. */
interface Case extends Size {
  readonly activation: Activation;
  readonly algorithm: "dense" | "sparse";
  readonly penalty: Penalty;
  readonly initial: SaeParameters;
}

/** Digests of figures, and of the parameters or gradients beside them. */
interface Digests {
  readonly figures: string;
  readonly weights: string;
}

async function trainingDigests(backend: Backend, { rows, ...options }: Case): Promise<Digests> {
  const random = Random.fromSeed(4);
  const trainer = await Trainer.create(backend, {
    ...options,
    steps: STEPS,
    prefixCount: 5,
    targetL0: 9,
    sparsityRate: 3e-4,
    deadAfter: 5,
    permuteEvery: 10,
  });
  const metrics: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    await trainer.step(rowsOf(random, rows * options.inputSize));
    if (step % 8 !== 7) continue;
    const { loss, l0, sparsityScale, perPrefix } = await trainer.metrics();
    metrics.push(loss, l0, sparsityScale, ...perPrefix.map(({ fvu }) => fvu));
  }
  const parameters = await trainer.parameters();
  trainer[Symbol.dispose]();
  return { figures: await digest([metrics]), weights: await digest(weights(parameters)) };
}

async function lossDigests(backend: Backend, options: Case): Promise<Digests> {
  const { inputSize, latentCount, rows, activation, algorithm, penalty, initial } = options;
  const batch = rowsOf(Random.fromSeed(5), rows * inputSize);
  const { loss, gradients } = await matryoshkaLoss(backend, initial, batch, {
    prefixes: [latentCount >> 3, latentCount >> 1, latentCount],
    prefixWeights: [3, 2, 1],
    activation,
    penalty,
    subtractDecoderBias: true,
    algorithm,
  });
  return { figures: await digest([[loss]]), weights: await digest(weights(gradients)) };
}

/** Returns the digests of the codes of a batch, and of what one prefix of them decodes to. */
async function inferenceDigests(
  backend: Backend,
  initial: SaeParameters,
  activation: Activation,
  rows: number,
): Promise<{ encode: string; decode: string }> {
  const sae = SparseAutoencoder.fromParameters(backend, initial, { activation });
  const codes = await sae.encode(rowsOf(Random.fromSeed(6), rows * initial.inputSize));
  const decoded = await sae.decode(codes, { prefix: initial.latentCount >> 1 });
  sae[Symbol.dispose]();
  const { rowOffsets, indices, values } = codes;
  return {
    encode: await digest([rowOffsets, indices, values]),
    decode: await digest([decoded]),
  };
}

async function digestsOf(backend: Backend): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const size of SIZES) {
    const { inputSize, latentCount, rows } = size;
    for (const activation of activations(latentCount)) {
      const name = (algorithm = "") =>
        [`${rows}×${inputSize}×${latentCount}`, activation.kind, algorithm].join(" ").trimEnd();
      const initial = initialParameters(inputSize, latentCount, Random.fromSeed(3));
      for (const algorithm of ["dense", "sparse"] as const) {
        const common = { ...size, activation, algorithm, initial };
        for (const penalty of PENALTIES) {
          const key = `train ${name(algorithm)} ${penalty.kind}`;
          const { figures, weights } = await trainingDigests(backend, { ...common, penalty });
          digests[`${key}: figures`] = figures;
          digests[`${key}: parameters`] = weights;
        }
        const options = { ...common, penalty: PENALTIES[0] };
        const { figures, weights } = await lossDigests(backend, options);
        digests[`loss ${name(algorithm)}`] = figures;
        digests[`gradients ${name(algorithm)}`] = weights;
      }
      const { encode, decode } = await inferenceDigests(backend, initial, activation, rows);
      digests[`encode ${name()}`] = encode;
      digests[`decode ${name()}`] = decode;
    }
  }
  return digests;
}

const recording = Deno.args.includes("--record");
const recorded = recording ? {} : JSON.parse(await Deno.readTextFile(RECORDED));
const all: Record<string, Record<string, string>> = {};
let compared = 0;
let different = 0;
for (const { name, create } of [...portableBackends, ...TILES]) {
  const missing = name.startsWith("webgpu") ? whyNoVulkan() : undefined;
  if (missing) {
    console.log(`${name}: skipped, ${missing}`);
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
if (recording) await Deno.writeTextFile(RECORDED, JSON.stringify(all, null, 2) + "\n");
else console.log(`${compared - different} equal, ${different} different`);
Deno.exit(different > 0 ? 1 : 0);
