import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { type Activation, createBackend, Random, type SaeParameters } from "../../mod.ts";
import { evaluate, type EvaluateOptions } from "../../src/evaluation/evaluate.ts";
import { backends } from "../backends.ts";

const d = 6;
const N = 16;
const PREFIXES = [3, 8, 16];
/** Batches of different sizes, the last the smallest. */
const SIZES = [7, 7, 3];

function parametersFrom(random: Random): SaeParameters {
  const normal = (length: number) => Float32Array.from({ length }, () => 0.4 * random.normal());
  const encoderBias = normal(N);
  encoderBias[5] = -100; // dead, whatever comes in
  return {
    inputSize: d,
    latentCount: N,
    encoder: normal(N * d),
    encoderBias,
    decoder: normal(N * d),
    decoderBias: normal(d),
  };
}

const random = Random.fromSeed(4);
const parameters = parametersFrom(random);
const batches = SIZES.map((B) => Float32Array.from({ length: B * d }, () => 2 + random.normal()));
const threshold = Float32Array.from({ length: N }, () => random.uniform());

/** The pre-activations of a batch, relu applied, by the definition. */
function relus(batch: Float32Array, centred: boolean): number[] {
  const { encoder, encoderBias, decoderBias } = parameters;
  return Array.from({ length: batch.length / d * N }, (_, bi) => {
    const b = Math.floor(bi / N);
    const i = bi % N;
    let pre = encoderBias[i];
    for (let k = 0; k < d; k++) {
      pre += (batch[b * d + k] - (centred ? decoderBias[k] : 0)) * encoder[i * d + k];
    }
    return Math.max(pre, 0);
  });
}

const keep = (values: number[], k: number) => {
  const least = values.toSorted((a, b) => b - a)[k - 1];
  return values.map((value) => value >= least ? value : 0);
};

/** Activations [B, N] by the definition. */
function activate(batch: Float32Array, activation: Activation, centred: boolean): number[] {
  const f = relus(batch, centred);
  const B = batch.length / d;
  switch (activation.kind) {
    case "topk":
      return Array.from({ length: B }, (_, b) => keep(f.slice(b * N, (b + 1) * N), activation.k))
        .flat();
    case "batchtopk":
      return keep(f, activation.k * B);
    case "jumprelu":
      return f.map((value, bi) => value > activation.threshold[bi % N] ? value : 0);
    default:
      return f;
  }
}

/** One pass per prefix over all rows at once. */
function expected(activation: Activation, centred: boolean) {
  const { decoder, decoderBias } = parameters;
  const f = batches.flatMap((batch) => activate(batch, activation, centred));
  const x = batches.flatMap((batch) => [...batch]);
  const rows = x.length / d;
  const mean = Array.from({ length: d }, (_, k) => {
    return x.reduce((sum, value, at) => at % d === k ? sum + value : sum, 0) / rows;
  });
  const variance = x.reduce((sum, value, at) => sum + (value - mean[at % d]) ** 2, 0);
  const perPrefix = PREFIXES.map((prefix) => {
    let error = 0;
    let active = 0;
    for (let b = 0; b < rows; b++) {
      for (let k = 0; k < d; k++) {
        let e = decoderBias[k] - x[b * d + k];
        for (let i = 0; i < prefix; i++) e += f[b * N + i] * decoder[i * d + k];
        error += e * e;
      }
      for (let i = 0; i < prefix; i++) if (f[b * N + i] !== 0) active++;
    }
    return { prefix, squaredError: error / rows, fvu: error / variance, l0: active / rows };
  });
  const frequency = Array.from({ length: N }, (_, i) => {
    return f.filter((value, at) => at % N === i && value !== 0).length / rows;
  });
  return { rows, perPrefix, frequency };
}

async function* given(list: readonly Float32Array[] = batches): AsyncGenerator<Float32Array> {
  yield* list;
}

const ACTIVATIONS: Activation[] = [
  { kind: "relu" },
  { kind: "topk", k: 3 },
  { kind: "batchtopk", k: 3 },
  { kind: "jumprelu", threshold },
  // More active than the sparse algorithm has room for.
  { kind: "jumprelu", threshold: new Float32Array(N) },
];

for (const { name, create, lossTolerance } of backends) {
  for (const activation of ACTIVATIONS) {
    for (const subtractDecoderBias of [false, true]) {
      const more = subtractDecoderBias ? ", decoder bias subtracted" : "";
      Deno.test(`evaluate() on ${name} measures what the definitions say, ${activation.kind}${more}`, async () => {
        using backend = await create();
        const before = backend.allocatedBytes;
        const options = { prefixes: PREFIXES, activation, subtractDecoderBias };
        const got = await evaluate(backend, parameters, given(), options);
        const wanted = expected(activation, subtractDecoderBias);
        assertEquals(got.rows, wanted.rows);
        assertEquals([...got.frequency], wanted.frequency);
        assertEquals(got.deadLatents, wanted.frequency.filter((share) => share === 0).length);
        assertEquals(got.l0, wanted.perPrefix[2].l0);
        got.perPrefix.forEach((metrics, j) => {
          const { prefix, squaredError, fvu, l0 } = wanted.perPrefix[j];
          assertEquals([metrics.prefix, metrics.l0], [prefix, l0]);
          assertAlmostEquals(metrics.squaredError, squaredError, lossTolerance * squaredError);
          assertAlmostEquals(metrics.fvu, fvu, lossTolerance * fvu);
          assertEquals(metrics.explainedVariance, 1 - metrics.fvu);
        });
        assertEquals(backend.allocatedBytes, before);
      });
    }
  }

  Deno.test(`evaluate() on ${name} refuses bad input, and leaves no tensor behind`, async (t) => {
    using backend = await create();
    const before = backend.allocatedBytes;
    const broken = batches[1].with(9, NaN);
    const cases: [string, Float32Array[], Partial<EvaluateOptions>][] = [
      ["at least 1 row is needed but there are 0", [], {}],
      ["row 1 of the batch has NaN", [batches[0], broken], {}],
      ["the batch has 5 values, not a multiple of inputSize 6", [new Float32Array(5)], {}],
      ["prefixes must end at latentCount 16 but end at 8", batches, { prefixes: [3, 8] }],
      ["k 17 exceeds latentCount 16", batches, { activation: { kind: "topk", k: 17 } }],
    ];
    for (const [message, list, more] of cases) {
      await t.step(message, async () => {
        const options = { prefixes: PREFIXES, ...more };
        await assertRejects(
          () => evaluate(backend, parameters, given(list), options),
          RangeError,
          `Cannot evaluate the autoencoder: ${message}`,
        );
        assertEquals(backend.allocatedBytes, before);
      });
    }
  });
}

Deno.test("evaluate() takes typed arrays of prefixes, and gives a plain array", async () => {
  using backend = await createBackend("reference");
  const typed = { prefixes: Uint32Array.from(PREFIXES) };
  const got = await evaluate(backend, parameters, given(), typed);
  assertEquals(got, await evaluate(backend, parameters, given(), { prefixes: PREFIXES }));
  assertEquals(Array.isArray(got.perPrefix), true);
});

Deno.test("evaluate() refuses a single row, which has no FVU", async () => {
  using backend = await createBackend("reference");
  await assertRejects(
    () => evaluate(backend, parameters, given([batches[0].slice(0, d)]), { prefixes: PREFIXES }),
    RangeError,
    "the variance of 1 rows must be positive but is 0",
  );
});

Deno.test("evaluate() refuses unknown options", async () => {
  using backend = await createBackend("reference");
  const options = { prefixes: PREFIXES, ...{ activations: { kind: "relu" } } };
  await assertRejects(
    () => evaluate(backend, parameters, given(), options),
    TypeError,
    'Cannot evaluate the autoencoder: there is no option "activations"; did you mean activation?',
  );
});
