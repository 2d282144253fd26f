/** The arithmetic of published trainers that is wrong or odd: the defaults here must not have it. */
import { assert, assertEquals, assertGreater, assertNotEquals } from "@std/assert";
import {
  type Backend,
  type Compatibility,
  createBackend,
  type Preset,
  presetOptions,
  presets,
  Random,
  Trainer,
  type TrainerOptions,
} from "../../mod.ts";

const SIZES = { inputSize: 6, latentCount: 24, steps: 20, rows: 16, targetL0: 3 };

interface Followed {
  readonly losses: readonly number[];
  readonly auxiliary: readonly number[];
  readonly dead: readonly number[];
  readonly tensors: Readonly<Record<string, ArrayLike<number>>>;
}

/** Trains on random rows, from parameters in which half of the latents are nearly silent. */
async function follow(backend: Backend, options: TrainerOptions, steps = 8): Promise<Followed> {
  const { inputSize: d, latentCount: N } = options;
  const random = Random.fromSeed(4);
  const initial = {
    inputSize: d,
    latentCount: N,
    encoder: Float32Array.from({ length: N * d }, () => random.normal()),
    // Some latents are dead from the start, others nearly.
    encoderBias: Float32Array.from({ length: N }, (_, i) => i % 2 === 0 ? 0 : -1.5 - i / 8),
    decoder: Float32Array.from({ length: N * d }, () => random.normal()),
    decoderBias: Float32Array.from({ length: d }, () => random.normal()),
  };
  using trainer = await Trainer.create(backend, { ...options, initial });
  const metrics = [];
  for (let s = 0; s < steps; s++) {
    await trainer.step(Float32Array.from({ length: 16 * d }, () => random.normal()));
    metrics.push(await trainer.metrics());
  }
  return {
    losses: metrics.map(({ loss }) => loss),
    auxiliary: metrics.map(({ auxiliaryLoss = 0 }) => auxiliaryLoss),
    dead: metrics.map(({ deadLatents }) => deadLatents),
    tensors: (await trainer.state()).tensors,
  };
}

/** The bugs that a switch reproduces: whose they are, and what shows them. */
const BUGS: readonly [
  preset: string,
  bug: string,
  switched: Compatibility,
  more?: Partial<TrainerOptions>,
][] = [
  ["dictionaryTopK", "the projection adds 1e-6 to the norm", { projectionEpsilon: 1e-6 }],
  ["dictionaryTopK", "annealed k begins late", { lateAnnealedK: true }, {
    annealedK: { from: 6, steps: 6 },
  }],
  ["dictionaryTopK", "the median's tolerance is absolute", { medianTolerance: 0.5 }],
  ["dictionaryJumpReLU", "the window lies over activations", { windowOverActivations: true }, {
    activation: { kind: "jumprelu", threshold: 0.1 },
    thresholdTraining: { bandwidth: 0.5, logarithm: false },
  }],
  ["dictionaryJumpReLU", "activations can be negative", { negativeActivations: true }, {
    activation: { kind: "jumprelu", threshold: -0.5 },
    thresholdTraining: { bandwidth: 0.5, logarithm: false },
  }],
  ["dictionaryJumpReLU", "silent latents count as active below 0", { silentBelowZero: true }, {
    activation: { kind: "jumprelu", threshold: -0.5 },
    thresholdTraining: { bandwidth: 0.5, logarithm: false },
  }],
  ["saelensMatryoshkaBatchTopK", "c is added to the auxiliary reconstruction", {
    auxiliaryBias: "reconstruction",
  }],
  ["saelensMatryoshkaBatchTopK", "dead latents below 0 are used", { auxiliaryNegative: true }],
  ["saelensMatryoshkaBatchTopK", "the dead are those of before the batch", { deadBefore: true }],
  ["matryoshkaSae", "c alone is a prefix", { biasPrefix: true }],
  ["matryoshkaSae", "the residual is not a constant", { auxiliaryAttached: true }],
  ["matryoshkaSae", "the clipped norm is that before the projection", {
    clipBeforeProjection: true,
  }, {
    clipNorm: 0.01,
  }],
  ["sparsifyTopK", "the projection takes norms as 1", { projectionAssumesUnit: true }, {
    unitDecoder: "never",
    projectGradient: true,
  }],
  ["sparsifyTopK", "multi-topk keeps latents alive", { aliveByMultiTopk: true }, {
    multiTopk: 1 / 8,
    auxiliary: {},
  }],
  ["openaiTopK", "c is in the auxiliary reconstruction and its target", { auxiliaryBias: "both" }],
  ["openaiTopK", "the auxiliary loss applies with nobody dead", {
    auxiliaryApplies: "always",
    auxiliaryBias: "both",
  }],
  ["openaiTopK", "small activations do not count as firing", { firesAbove: 2 }],
  ["openaiTopK", "silence counts from 1", { silenceFromOne: true }],
  ["openaiTopK", "gradients are never set to zero", { carriedGradients: true }],
  ["openaiTopK", "clipping adds nothing to the norm", { clipEpsilon: 0 }, { clipNorm: 1e-4 }],
];

for (const [name, bug, compatibility, more] of BUGS) {
  Deno.test(`default differs from ${name}, in which ${bug}`, async () => {
    using backend = await createBackend("reference");
    const { deadAfterRows: _, ...preset } = presetOptions(name, SIZES);
    const options = { ...preset, deadAfter: 2, learningRate: 0.01, warmupSteps: 0, ...more };
    const right = await follow(backend, options);
    const same = await follow(backend, { ...options, compatibility: {} });
    assertEquals(same, right, "a run is repeatable");
    const published = await follow(backend, { ...options, compatibility });
    assertNotEquals(published.tensors, right.tensors);
  });
}

Deno.test("every switch that a preset asks for is among the tested bugs", () => {
  const tested = new Set(BUGS.flatMap(([, , switched]) => Object.keys(switched)));
  const asked = presets.flatMap(({ compatibility }: Preset) =>
    Object.keys(compatibility.compatibility ?? {})
  );
  assertEquals(asked.filter((each) => !tested.has(each)), []);
});

/** The other deviations are options of their own; the presets must not choose them unless asked. */
const CHOICES: readonly [preset: string, bug: string, of: (options: TrainerOptions) => unknown][] =
  [
    ["dictionaryMatryoshkaBatchTopK", "weights 1/P under a mean", (o) => o.prefixWeights],
    ["dictionaryTopK", "no threshold until a step", (o) => o.inferenceThreshold],
    ["saelensMatryoshkaBatchTopK", "a threshold that starts from 0", (o) => o.inferenceThreshold],
    ["matryoshkaSae", "a threshold that starts from 0", (o) => o.inferenceThreshold],
    ["matryoshkaSae", "an encoder bias that nothing uses", (o) => o.encoderBias],
    ["matryoshkaSae", "decoder rows off by a step", (o) => o.unitDecoder],
    ["sparsifyTopK", "decoder rows off when saved", (o) => o.unitDecoder],
    ["sparsifyTopK", "an auxiliary loss that cannot move the encoder", (o) => o.auxiliary],
    ["openaiTopK", "decoder rows off by a step", (o) => o.unitDecoder],
  ];

for (const [name, bug, of] of CHOICES) {
  Deno.test(`${name} does without ${bug}, unless asked for`, () => {
    const right = of(presetOptions(name, SIZES));
    assertNotEquals(of(presetOptions(name, SIZES, { asPublished: true })), right);
  });
}

Deno.test("decoder rows that are used, and saved, have norm 1 in presets with a unit decoder", async () => {
  using backend = await createBackend("reference");
  for (const name of ["dictionaryTopK", "matryoshkaSae", "sparsifyTopK", "openaiTopK"]) {
    const options = { ...presetOptions(name, SIZES), learningRate: 0.01, warmupSteps: 0 };
    const furthest = ({ tensors: { decoder } }: Followed) =>
      Math.max(...Array.from({ length: SIZES.latentCount }, (_, i) => {
        const row = Array.from(decoder).slice(6 * i, 6 * i + 6);
        return Math.abs(Math.hypot(...row) - 1);
      }));
    // Six squares and a root, in float64.
    assert(furthest(await follow(backend, options)) < 1e-14, name);
    const late = await follow(backend, { ...options, unitDecoder: "beforeUpdate" });
    assertGreater(furthest(late), 1e-5);
  }
});

Deno.test("with nobody dead there is no auxiliary loss, and none that is not finite", async () => {
  using backend = await createBackend("reference");
  const { deadAfterRows: _, ...preset } = presetOptions("openaiTopK", SIZES);
  const options = { ...preset, deadAfter: 100 };
  const right = await follow(backend, options);
  assertEquals(right.auxiliary, right.auxiliary.map(() => 0));
  const always = await follow(backend, {
    ...options,
    compatibility: { auxiliaryApplies: "always", auxiliaryBias: "both" },
  });
  assert(always.auxiliary.every((loss) => loss > 0));
});
