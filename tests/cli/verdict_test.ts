import { assertEquals, assertMatch } from "@std/assert";
import { type CauseFacts, causeOf } from "../../cli/training/likely_cause.ts";
import {
  deadText,
  hasFailed,
  hasNoVariance,
  judgeRun,
  type RunFacts,
} from "../../cli/training/verdict.ts";
import type { StepMetrics } from "../../mod.ts";

interface Reading {
  readonly l0: number;
  readonly fvu: number;
  readonly deadLatents?: number;
}

/** Fifty readings of a run of 500 steps; `at` gives that of each share of the run. */
function runOf(at: (share: number) => Reading): StepMetrics[] {
  return Array.from({ length: 50 }, (_, i) => {
    const { l0, fvu, deadLatents = 0 } = at(i / 49);
    const step = 10 * (i + 1);
    const perPrefix = [{ prefix: 100, squaredError: fvu, fvu, l0, deadLatents }];
    const others = { loss: fvu, sparsityScale: 1, learningRate: 0.003, gradientNorm: 1 };
    return { step, l0, deadLatents, perPrefix, ...others };
  });
}

/** A run that begins with 50 active latents and settles at L0 20 and FVU 0.2. */
const settled = (share: number): Reading => ({
  l0: Math.max(20, 50 - 100 * share),
  fvu: Math.max(0.2, 0.9 - 2 * share),
});

const FACTS: RunFacts = {
  metrics: runOf(settled),
  latentCount: 100,
  batchRows: 64,
  learningRate: 0.003,
  isPenalized: true,
  deadAfter: 100,
  targetL0: 20,
  decoderNorm: 0.1,
  notFinite: false,
};

/** The kinds of warnings about a run that differs from the settled one. */
function kinds(facts: Partial<RunFacts>): string[] {
  return judgeRun({ ...FACTS, ...facts }).map(({ kind }) => kind);
}

Deno.test("a run that settles at its target, or has none, has no warning", () => {
  assertEquals(kinds({}), []);
  assertEquals(kinds({ targetL0: undefined }), []);
  assertEquals(kinds({ targetL0: 18.2 }), []);
  assertEquals(kinds({ targetL0: 22.2 }), []);
});

Deno.test("an L0 off its target by more than a tenth is a warning, but no failure", () => {
  for (
    const [targetL0, text] of [[18, /11 % above the target of 18/], [23, /13 % below/], [
      0,
      /20\.00, above the target of 0/,
    ]] as const
  ) {
    const warnings = judgeRun({ ...FACTS, targetL0 });
    assertEquals(warnings.map(({ kind }) => kind), ["missed target"]);
    assertMatch(warnings[0].message, text);
    assertEquals(hasFailed(warnings), false);
  }
});

Deno.test("only the last tenth of the steps counts for the target", () => {
  const late = (share: number) => ({ l0: share > 0.89 ? 20 : 60, fvu: 0.2 });
  assertEquals(kinds({ metrics: runOf(late) }), []);
  const lost = (share: number) => ({ l0: share > 0.89 ? 60 : 20, fvu: 0.2 });
  assertEquals(kinds({ metrics: runOf(lost) }), ["missed target"]);
});

Deno.test("a run without active latents has collapsed, unless it was asked for that few", () => {
  const silent = runOf((share) => ({ l0: share > 0.5 ? 0.2 : 20, fvu: 0.9 }));
  const warnings = judgeRun({ ...FACTS, metrics: silent, learningRate: 0.3 });
  const found = warnings.map(({ kind }) => kind);
  assertEquals([found, hasFailed(warnings)], [["collapsed", "missed target"], true]);
  assertMatch(
    warnings[0].message,
    /0\.2000 active latents.*rate 0\.3: try --learning-rate 0\.003, the default/,
  );
  assertEquals(kinds({ metrics: silent, targetL0: 0.2 }), []);
  assertEquals(kinds({ metrics: silent, targetL0: undefined }), ["collapsed"]);
});

Deno.test("a run most of whose latents are dead has collapsed, if the window says so reliably", () => {
  const dead = (deadLatents: number) => runOf((share) => ({ ...settled(share), deadLatents }));
  assertEquals(kinds({ metrics: dead(50) }), []);
  assertEquals(kinds({ metrics: dead(51) }), ["collapsed"]);
  assertEquals(kinds({ metrics: dead(51), deadAfter: 501 }), []);
  // One row a step: of a hundred latents with L0 20, a usual one is silent for a step with probability 0.8.
  assertEquals(kinds({ metrics: dead(51), batchRows: 1, deadAfter: 49 }), []);
  assertEquals(kinds({ metrics: dead(51), batchRows: 1, deadAfter: 50 }), ["collapsed"]);
});

Deno.test("a run that explains less than the mean input, and less than at its start, has diverged", () => {
  const to = (fvu: number) => runOf((share) => ({ l0: 20, fvu: share === 0 ? 0.9 : fvu }));
  assertEquals(kinds({ metrics: to(1.1) }), ["diverged"]);
  assertEquals(kinds({ metrics: to(0.99) }), []);
  // Inputs with a large mean: the start is worse than that mean, and a short run stays so.
  const short = runOf((share) => ({ l0: 20, fvu: 9 - 5 * share }));
  assertEquals(kinds({ metrics: short }), []);
});

Deno.test("a run that loses what it had learned has diverged, one that becomes sparser has not", () => {
  const lost = (share: number) => ({ l0: 20, fvu: share > 0.7 ? 0.5 : 0.2 });
  const [{ kind, message }] = judgeRun({ ...FACTS, metrics: runOf(lost) });
  assertEquals(kind, "diverged");
  assertMatch(message, /FVU rose from 0\.2000 around step \d+ to 0\.5000/);
  const sparser = (share: number) => ({ l0: 80 - 60 * share, fvu: 0.1 + 0.5 * share });
  assertEquals(kinds({ metrics: runOf(sparser), targetL0: undefined }), []);
  // One bad batch at the end.
  const spike = (share: number) => ({ l0: 20, fvu: share === 1 ? 0.9 : 0.2 });
  assertEquals(kinds({ metrics: runOf(spike) }), []);
});

Deno.test("decoder directions longer than an input, and a loss that is not finite, are divergence", () => {
  assertEquals(kinds({ decoderNorm: 1.1 }), ["diverged"]);
  // That reading is from the start, with an L0 of 50.
  const start = runOf(settled).slice(0, 1);
  assertEquals(kinds({ notFinite: true, metrics: start }), ["diverged", "missed target"]);
  assertEquals(kinds({ notFinite: true, metrics: start, targetL0: 50 }), ["diverged"]);
});

Deno.test("batches of one row, which have no FVU, are judged by L0 alone", () => {
  const metrics = runOf(() => ({ l0: 20, fvu: NaN }));
  assertEquals(kinds({ metrics, batchRows: 1 }), []);
  assertEquals(kinds({ metrics, batchRows: 1, targetL0: 40 }), ["missed target"]);
});

Deno.test("rows that are all the same are named as such, also where roundings give them a variance", () => {
  for (const fvu of [NaN, Infinity, 2.5e12]) {
    const metrics = runOf(() => ({ l0: 0, fvu })).map((each) => withError(each, 1));
    assertEquals(judgeRun({ ...FACTS, metrics }), [
      { kind: "collapsed", message: "The rows are all the same: there is nothing to learn" },
    ]);
  }
  // One such batch, and an error that is infinite itself.
  const once = runOf((share) => share === 0 ? { l0: 20, fvu: NaN } : settled(share));
  assertEquals(kinds({ metrics: once }), []);
  const endless = runOf(() => ({ l0: 20, fvu: Infinity }));
  assertEquals(kinds({ metrics: endless, notFinite: true }), ["diverged"]);
  assertEquals([NaN, Infinity].map((fvu) => hasNoVariance(withError(endless[0], fvu))), [
    false,
    false,
  ]);
});

function withError(metrics: StepMetrics, squaredError: number): StepMetrics {
  return { ...metrics, perPrefix: metrics.perPrefix.map((each) => ({ ...each, squaredError })) };
}

Deno.test("a nearly empty code has collapsed even if it ends a little above the mean input", () => {
  const empty = (fvu: number) => runOf((share) => ({ l0: 0.4, fvu: share === 0 ? 1.05 : fvu }));
  assertEquals(kinds({ metrics: empty(1.08), targetL0: undefined }), ["collapsed"]);
  assertEquals(kinds({ metrics: empty(3), targetL0: undefined }), ["diverged"]);
  const someActive = runOf((share) => ({ l0: 0.5, fvu: share === 0 ? 1.05 : 1.08 }));
  assertEquals(kinds({ metrics: someActive, targetL0: undefined }), ["diverged"]);
});

Deno.test("a diverged run says by how much it missed its target, and leaves the advice to the first warning", () => {
  const metrics = runOf((share) => ({ l0: 20, fvu: share === 0 ? 0.9 : 1.1 }));
  const [, miss] = judgeRun({ ...FACTS, metrics, targetL0: 10 });
  assertEquals(miss, {
    kind: "missed target",
    message:
      "L0 ended at 20.00, 100 % above the target of 10 (mean over the last tenth of the steps)",
  });
});

Deno.test("the cause names the flags that are in use, and no others", () => {
  const usual = { learningRate: 0.003, isPenalized: true };
  const penalty = "the penalty or the learning rate 0.003: try";
  const lower = "a lower --learning-rate";
  const cases: [Partial<CauseFacts>, string][] = [
    [{}, `${penalty} a smaller --penalty-coefficient or ${lower}`],
    [{ targetL0: 2 }, `${penalty} a higher --target-l0 or ${lower}`],
    [{ isPenalized: false }, `the learning rate 0.003: try ${lower}`],
    [{ targetL0: 2, sparsityRate: 0 }, `${penalty} a higher --target-l0 or ${lower}`],
    [
      { penaltyCoefficient: 1000 },
      "the penalty (--penalty-coefficient 1000) or the learning rate 0.003: " +
      `try a smaller --penalty-coefficient or ${lower}`,
    ],
    [
      { learningRate: 0.01, targetL0: 2, sparsityRate: 0.5 },
      "the penalty (--sparsity-rate 0.5) or the learning rate 0.01: try a smaller --sparsity-rate, " +
      "a higher --target-l0 or --learning-rate 0.003, the default",
    ],
    [
      { learningRate: 0.01, targetL0: 2 },
      "the learning rate 0.01: try --learning-rate 0.003, the default",
    ],
  ];
  for (const [facts, cause] of cases) {
    assertEquals(causeOf({ ...usual, ...facts }), `The likely cause is ${cause}`);
  }
});

Deno.test("the number of dead latents is unknown in a run shorter than its window", () => {
  const last = runOf((share) => ({ ...settled(share), deadLatents: 3 })).at(-1)!;
  assertEquals(deadText(last, 100, 500), "3 of 100 latents dead");
  assertEquals(
    deadText(last, 100, 501),
    "dead latents unknown (--dead-after is 501 steps, the run took 500)",
  );
});
