import { assertRejects } from "@std/assert";
import {
  authorCode,
  type Backend,
  createBackend,
  matryoshkaLoss,
  samplePrefixes,
  Trainer,
} from "../../mod.ts";
import { randomProblem } from "../problems.ts";

const { parameters, batch } = randomProblem(4, 3, 6, 1);
const SIZES = { inputSize: 3, latentCount: 6, steps: 10 };
const LOG = { kind: "log", coefficient: 0.1 };

/** A call with an unknown option, spread so that the type checker does not see it. */
type Call = (backend: Backend, unknown: object) => unknown;

const create: Call = (backend, unknown) => Trainer.create(backend, { ...SIZES, ...unknown });
const loss: Call = (backend, unknown) =>
  matryoshkaLoss(backend, parameters, batch, { prefixes: [2, 6], ...unknown });

const CASES: [Call, object, string][] = [
  [
    create,
    { learningrate: 0.01 },
    'create a trainer: there is no option "learningrate"; did you mean learningRate?',
  ],
  [
    create,
    { weights: [1] },
    'create a trainer: there is no option "weights"; did you mean prefixWeights?',
  ],
  [
    create,
    { activation: { kind: "jumprelu", thresholds: 1 } },
    'create a trainer: activation has no option "thresholds"; did you mean threshold?',
  ],
  [
    create,
    { penalty: { ...LOG, subtractEpsilon: true } },
    'create a trainer: penalty has no option "subtractEpsilon"; did you mean subtractLogEpsilon?',
  ],
  [
    (_, unknown) => authorCode({ ...SIZES, targetL0: 2, ...unknown }),
    { sparsityKind: "l1" },
    'make the author\'s options: there is no option "sparsityKind"; did you mean sparsityType?',
  ],
  [
    loss,
    { reduction: "mean" },
    'compute the Matryoshka loss: there is no option "reduction"; did you mean prefixReduction?',
  ],
  [
    loss,
    { activation: { kind: "topk", k: 2, width: 3 } },
    'compute the Matryoshka loss: activation has no option "width"; the options are kind, k, threshold',
  ],
  [
    loss,
    { penalty: { kind: "l1", coeficient: 0.1 } },
    'compute the Matryoshka loss: penalty has no option "coeficient"; did you mean coefficient?',
  ],
  [
    (_, unknown) => samplePrefixes({ latentCount: 6, prefixCount: 2, ...unknown }, Math.random),
    { minumum: 2 },
    'sample prefixes: there is no option "minumum"; did you mean minimum?',
  ],
];

Deno.test("options that do not exist are refused, with the option that they resemble", async (t) => {
  using backend = await createBackend("reference");
  for (const [call, unknown, message] of CASES) {
    await t.step(JSON.stringify(unknown), async () => {
      await assertRejects(async () => await call(backend, unknown), TypeError, `Cannot ${message}`);
    });
  }
});

Deno.test("an activation and a penalty may carry keys of other kinds, which are ignored", async () => {
  using backend = await createBackend("reference");
  const activation = { kind: "relu", k: undefined, threshold: undefined };
  const penalty = { kind: "none", coefficient: 0.1, epsilon: 0.1 };
  await loss(backend, { activation, penalty });
});
