import { assertThrows } from "@std/assert";
import { checkTrainerOptions, type TrainerOptions } from "../../mod.ts";

const SIZES = { inputSize: 8, latentCount: 16, steps: 10 };
const JUMP = { activation: { kind: "jumprelu", threshold: 0.1 } } as const;

/** Options that exclude each other, and what the error must name: both of them. */
const CONFLICTS: readonly [string, Partial<TrainerOptions>, readonly string[]][] = [
  ["AuxK with identity", { activation: { kind: "identity" }, auxiliary: {} }, [
    "auxiliary",
    'activation is "identity"',
  ]],
  [
    "a running threshold without top-k",
    { activation: { kind: "relu" }, inferenceThreshold: {} },
    ["inferenceThreshold", 'activation "topk" or "batchtopk" but it is "relu"'],
  ],
  [
    "a target L0 with top-k",
    { activation: { kind: "topk", k: 3 }, targetL0: 5 },
    ["targetL0 5", 'activation "topk"', "penalty"],
  ],
  [
    "a target L0 with batch top-k",
    { activation: { kind: "batchtopk", k: 3 }, targetL0: 5 },
    ["targetL0 5", 'activation "batchtopk"', "penalty"],
  ],
  [
    "a target L0 beside a penalty that has one",
    {
      ...JUMP,
      targetL0: 5,
      thresholdTraining: {},
      penalty: { kind: "targetL0", coefficient: 1, l0: 3 },
    },
    ["targetL0 5", "penalty", '"targetL0"'],
  ],
  ["bandwidth 0", { ...JUMP, thresholdTraining: { bandwidth: 0 } }, [
    "thresholdTraining.bandwidth",
    "0",
  ]],
  ["a bandwidth without jumprelu", { thresholdTraining: { bandwidth: 0.1 } }, [
    "thresholdTraining",
    'activation "jumprelu" but it is "relu"',
  ]],
  ["k above N", { activation: { kind: "topk", k: 17 } }, ["k 17", "latentCount 16"]],
  ["batch k above N", { activation: { kind: "batchtopk", k: 16.5 } }, ["k 16.5", "latentCount 16"]],
  ["κ above N", { activation: { kind: "topk", k: 2 }, auxiliary: { latents: 17 } }, [
    "auxiliary.latents 17",
    "latentCount 16",
  ]],
  ["too few prefix weights", { prefixes: [4, 16], prefixWeights: [1] }, [
    "1 prefixWeights",
    "2 prefixes",
  ]],
  ["too many prefix weights for drawn prefixes", { prefixCount: 2, prefixWeights: [1, 1, 1] }, [
    "3 prefixWeights",
    "2 prefixes",
  ]],
  [
    "an l0 penalty without trained thresholds",
    { ...JUMP, penalty: { kind: "l0", coefficient: 1 } },
    [
      'penalty "l0"',
      "thresholdTraining",
    ],
  ],
  ["an annealed k without one", { annealedK: { from: 8, steps: 3 } }, [
    "annealedK",
    'activation "topk" or "batchtopk" but it is "relu"',
  ]],
  ["an annealed k that rises", {
    activation: { kind: "topk", k: 3 },
    annealedK: { from: 2, steps: 3 },
  }, [
    "annealedK.from",
    "k 3",
    "latentCount 16",
  ]],
  ["scaled pre-activations with a unit decoder", {
    activation: { kind: "topk", k: 3 },
    scaleByDecoderNorm: true,
    unitDecoder: "afterUpdate",
  }, ["scaleByDecoderNorm", 'unitDecoder "afterUpdate"']],
  ["two ways to count the dead", { deadAfter: 3, deadAfterRows: 30 }, [
    "deadAfterRows 30",
    "deadAfter 3",
  ]],
];

for (const [name, options, parts] of CONFLICTS) {
  Deno.test(`${name}: the error names both options`, () => {
    const error = assertThrows(() => checkTrainerOptions({ ...SIZES, ...options }), RangeError);
    const { message } = error as RangeError;
    for (const part of ["Cannot create a trainer: ", ...parts]) {
      if (!message.includes(part)) throw new Error(`"${part}" is missing in "${message}"`);
    }
  });
}
