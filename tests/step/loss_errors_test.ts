import { assertEquals, assertRejects } from "@std/assert";
import { type LossOptions, matryoshkaLoss, type SaeParameters } from "../../mod.ts";
import { backends } from "../backends.ts";
import { randomProblem } from "../problems.ts";

const TASK = "Cannot compute the Matryoshka loss: ";
const { parameters, batch } = randomProblem(4, 3, 12, 1);
const PREFIXES = [3, 7, 12];

/** A call that must fail. */
interface Mistake {
  readonly what: string;
  readonly message: string;
  readonly parameters?: Partial<SaeParameters>;
  readonly batch?: Float32Array;
  readonly options?: { readonly [Name in keyof LossOptions]?: unknown };
  readonly kind?: typeof TypeError;
}

function changed(values: Float32Array, index: number, value: number): Float32Array {
  const copy = values.slice();
  copy[index] = value;
  return copy;
}

function withPrefixes(what: string, prefixes: number[], message: string): Mistake {
  return { what: `${what} prefixes`, options: { prefixes }, message };
}

function withLength(name: "encoder" | "encoderBias" | "decoder" | "decoderBias"): Mistake {
  const values = parameters[name];
  const shape = { encoder: "12,3", encoderBias: "12", decoder: "12,3", decoderBias: "3" }[name];
  return {
    what: `a short ${name}`,
    parameters: { [name]: values.slice(1) },
    message: `${name} must have [${shape}] = ${values.length} elements but has ${
      values.length - 1
    }`,
  };
}

const penalty = (coefficient: number, epsilon?: number) => ({
  penalty: { kind: "log", coefficient, epsilon },
});

const MISTAKES: readonly Mistake[] = [
  { what: "NaN in a batch", batch: changed(batch, 7, NaN), message: "row 2 of the batch has NaN" },
  {
    what: "infinity in a batch",
    batch: changed(batch, 11, -Infinity),
    message: "row 3 of the batch has -Infinity",
  },
  { what: "no rows", batch: new Float32Array(0), message: "the batch has no rows" },
  {
    what: "an incomplete row",
    batch: batch.slice(1),
    message: "the batch has 11 values, not a multiple of inputSize 3",
  },
  withPrefixes("unsorted", [7, 3, 12], "strictly increasing but 7 is followed by 3"),
  withPrefixes("repeated", [3, 3, 12], "strictly increasing but 3 is followed by 3"),
  withPrefixes("too long", [3, 13], "prefixes must end at latentCount 12 but end at 13"),
  withPrefixes("too short", [3, 10], "prefixes must end at latentCount 12 but end at 10"),
  withPrefixes("no", [], "prefixes must end at latentCount 12 but are []"),
  withPrefixes("broken", [2.5, 12], "prefixes[0] must be an integer of at least 1 but is 2.5"),
  withPrefixes("empty", [0, 12], "prefixes[0] must be an integer of at least 1 but is 0"),
  withPrefixes("NaN", [3, NaN], "prefixes[1] must be an integer of at least 1 but is NaN"),
  withLength("encoder"),
  withLength("encoderBias"),
  withLength("decoder"),
  withLength("decoderBias"),
  {
    what: "NaN in a parameter",
    parameters: { decoder: changed(parameters.decoder, 5, NaN) },
    message: "element 5 of decoder is NaN",
  },
  {
    what: "a size of 0",
    parameters: { inputSize: 0 },
    message: "inputSize must be an integer of at least 1 but is 0",
  },
  {
    what: "a missing parameter",
    parameters: { encoder: undefined },
    message: "encoder must be a Float32Array but is undefined",
    kind: TypeError,
  },
  ...[
    ["activation", { activation: { kind: "gelu" } }, "activation.kind"],
    ["penalty", { penalty: { kind: "l2" } }, "penalty.kind"],
    ["prefixReduction", { prefixReduction: "max" }, "prefixReduction"],
    ["squaredError", { squaredError: "median" }, "squaredError"],
    ["algorithm", { algorithm: "scenic" }, "algorithm"],
  ].map(([what, options, name]): Mistake => ({
    what: `an unknown ${what}`,
    options: options as Mistake["options"],
    message: `${name} must be one of "`,
    kind: TypeError,
  })),
  {
    what: "k of 0",
    options: { activation: { kind: "topk", k: 0 } },
    message: "k must be an integer of at least 1 but is 0",
  },
  {
    what: "a broken k",
    options: { activation: { kind: "topk", k: 1.5 } },
    message: "k must be an integer of at least 1 but is 1.5",
  },
  {
    what: "a k below 1",
    options: { activation: { kind: "batchtopk", k: 0.5 } },
    message: "k must be at least 1 but is 0.5",
  },
  {
    what: "k above latentCount",
    options: { activation: { kind: "topk", k: 13 } },
    message: "k 13 exceeds latentCount 12",
  },
  {
    what: "a short threshold",
    options: { activation: { kind: "jumprelu", threshold: new Float32Array(11) } },
    message: "threshold has 11 elements but latentCount is 12",
  },
  {
    what: "NaN in a threshold",
    options: {
      activation: { kind: "jumprelu", threshold: changed(new Float32Array(12), 4, NaN) },
    },
    message: "element 4 of threshold is NaN",
  },
  { what: "a negative coefficient", options: penalty(-1), message: "at least 0 but is -1" },
  { what: "a coefficient of NaN", options: penalty(NaN), message: "at least 0 but is NaN" },
  { what: "epsilon of 0", options: penalty(1, 0), message: "epsilon must be positive but is 0" },
  {
    what: "too few prefixWeights",
    options: { prefixWeights: [1, 2] },
    message: "there are 2 prefixWeights for 3 prefixes",
  },
  {
    what: "a negative prefix weight",
    options: { prefixWeights: [1, -2, 1] },
    message: "prefixWeights[1] must be at least 0 but is -2",
  },
  {
    // 1e38 for each number: beyond float32 in the first product, beyond float64 in e²·w.
    what: "a loss that is not finite",
    parameters: {
      encoder: parameters.encoder.map(() => 1e38),
      decoder: parameters.decoder.map(() => 1e38),
    },
    batch: batch.map(() => 1e38),
    options: { prefixWeights: [1e100, 1e100, 1e100] },
    message: "it is ",
  },
];

for (const { name, create } of backends) {
  for (const mistake of MISTAKES) {
    Deno.test(`matryoshkaLoss() refuses ${mistake.what} and frees what it made (${name})`, async () => {
      using backend = await create();
      for (const algorithm of ["dense", "sparse"] as const) {
        const options = { prefixes: PREFIXES, algorithm, ...mistake.options } as LossOptions;
        const given = { ...parameters, ...mistake.parameters };
        const error = await assertRejects(
          () => matryoshkaLoss(backend, given, mistake.batch ?? batch, options),
          mistake.kind ?? RangeError,
          mistake.message,
        );
        assertEquals(error.message.slice(0, TASK.length), TASK);
        assertEquals(backend.allocatedBytes, 0);
      }
    });
  }
}
