/** Compares at one shape and density: gates first, then rounds of samples, then the stages. */

import type { Program } from "../../kernels/kernel.ts";
import type { WebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { relativeDistance } from "../../tests/relative_error.ts";
import { floorOf, flopsOf, type Rates } from "../harness/floors.ts";
import type { Algorithm, Running } from "../harness/peer.ts";
import { makeProblem, type Shape } from "../harness/problem.ts";
import { median } from "../harness/statistics.ts";
import { checkEncode, compareSteps, compareWithWasm } from "./gates.ts";
import { prepareJaxJs, startJaxJs } from "./jax_js.ts";
import { writeForPyTorch } from "./export.ts";
import type { DeviceRates } from "./rates.ts";
import { profile } from "./profile.ts";
import type { Comparison, Timing } from "./results.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { encodeSubject, stepSubject, type Subject } from "./subjects.ts";

/** One comparison to make. */
export interface Plan {
  readonly backend: WebGpuBackend;
  readonly rates: DeviceRates;
  readonly stopwatch: Stopwatch;
  readonly samples: number;
  readonly software: boolean;
  readonly name: string;
  readonly shape: Shape;
  readonly density: number;
  readonly jaxJs: boolean;
  readonly wasm: boolean;
  readonly exportTo?: string;
}

type Who = keyof Comparison["timings"];

/** A participant that passed its gate. */
interface Entrant {
  readonly firstMs: number;
  /** Runs once, and returns the seconds. */
  run(): Promise<number>;
  readonly work: { readonly task: "encode" | "step"; readonly algorithm: Algorithm };
  readonly seconds: number[];
}

/** Gates everything and takes the samples. */
export async function compareShape(plan: Plan): Promise<Comparison> {
  const { backend, name, shape, stopwatch } = plan;
  const problem = makeProblem(shape, plan.density);
  const gates: string[] = [];
  const failures: Record<string, string> = {};
  const passed = (lines: readonly string[]) => {
    for (const line of lines) console.log(`right  ${name}: ${line}`);
    gates.push(...lines);
  };
  using subjects = new DisposableStack();
  const entrants = new Map<Who, Entrant>();
  const enter = (who: Who, subject: Subject, work: Entrant["work"]) => {
    const submit = () => backend.submit(subject.program);
    const run = () => stopwatch.seconds(submit);
    entrants.set(who, { firstMs: subject.firstMs, run, work, seconds: [] });
    return subjects.use(subject);
  };

  const encoding = enter("encode", await encodeSubject(backend, problem), {
    task: "encode",
    algorithm: "dense",
  });
  const { findings, slack } = checkEncode(problem, encoding.outcome.activations!);
  passed(findings);
  const dense = enter("dense", await stepSubject(backend, problem, "dense"), {
    task: "step",
    algorithm: "dense",
  });
  const sparse = enter("sparse", await stepSubject(backend, problem, "sparse"), {
    task: "step",
    algorithm: "sparse",
  });
  const compare = (what: string, a: Subject["outcome"], b: Subject["outcome"]) =>
    passed(compareSteps(what, a, b, problem.parameters, slack));
  compare("sparse against dense", sparse.outcome, dense.outcome);
  if (plan.wasm) passed(await compareWithWasm(problem, dense.outcome, slack));
  if (plan.exportTo !== undefined) {
    console.log(await writeForPyTorch(plan.exportTo, name, problem, dense.outcome, slack));
  }

  if (plan.jaxJs) {
    try {
      const peer = await startJaxJs();
      const joining = async (who: Who, task: "encode" | "step", gate: (r: Running) => unknown) => {
        const running = prepareJaxJs(peer, task, problem, slack.active);
        const start = performance.now();
        await running.first();
        const firstMs = performance.now() - start;
        await gate(running);
        // Its users wait for every run, too; the latency of the waiting itself is subtracted.
        const run = () => stopwatch.secondsOfWaiting(() => running.again());
        entrants.set(who, { firstMs, run, work: { task, algorithm: "dense" }, seconds: [] });
      };
      await joining("jaxEncode", "encode", async (running) => {
        const { activations } = await running.outcome();
        const error = relativeDistance(activations!, encoding.outcome.activations!);
        if (!(error <= slack.tolerance)) throw new Error(`its encode is off by ${error}`);
        passed([`jax-js, encode: ${error.toExponential(1)}`]);
      });
      await joining(
        "jaxStep",
        "step",
        async (running) =>
          compare("jax-js step against dense", await running.outcome(), dense.outcome),
      );
    } catch (error) {
      failures["jax-js"] = (error as Error).message;
    }
  }

  const workOf = (entrant: Entrant) => {
    return { ...entrant.work, shape, active: slack.active, P: shape.P };
  };
  const rounds = await takeRounds(plan, entrants, failures);
  const steps = new Map<Who, Subject>([["dense", dense], ["sparse", sparse]]);
  const timings: { -readonly [W in Who]?: Timing } = {};
  for (const [who, entrant] of entrants) {
    const { firstMs, seconds } = entrant;
    const work = workOf(entrant);
    const flops = flopsOf(work);
    const ms = 1e3 * median(seconds);
    timings[who] = {
      ms,
      samples: seconds.map((each) => 1e3 * each),
      firstMs,
      gigaflops: flops / ms / 1e6,
      ofF: median(rounds.map((rates, n) => flops / seconds[n] / rates.flops)),
      overFloor: median(rounds.map((rates, n) => seconds[n] / floorOf(work, rates))),
      ...await detailsOf(steps.get(who), plan),
    };
  }
  return {
    name,
    shape,
    density: slack.active / (shape.B * shape.N),
    rates: {
      gigaflops: median(rounds.map(({ flops }) => flops)) / 1e9,
      gigabytes: median(rounds.map(({ bytes }) => bytes)) / 1e9,
    },
    gates,
    timings,
    failures,
  };
}

/** Takes one sample of each entrant per round. Returns the rates around each round. */
async function takeRounds(
  { rates, samples }: Plan,
  entrants: Map<Who, Entrant>,
  failures: Record<string, string>,
): Promise<Rates[]> {
  const rounds: Rates[] = [];
  // The first round warms up.
  for (let round = -1; round < samples; round++) {
    const before = await rates.measure();
    for (const [who, { run, seconds }] of entrants) {
      try {
        const taken = await run();
        if (round >= 0) seconds.push(taken);
      } catch (error) {
        failures[who] = (error as Error).message;
        entrants.delete(who);
      }
    }
    const after = await rates.measure();
    if (round < 0) continue;
    rounds.push({
      flops: (before.flops + after.flops) / 2,
      bytes: (before.bytes + after.bytes) / 2,
    });
  }
  return rounds;
}

/** Measures a step's stages, and its time from data on the host. */
async function detailsOf(
  step: Subject | undefined,
  { backend, stopwatch, samples }: Plan,
): Promise<Pick<Timing, "fromHostMs" | "stages">> {
  if (!step?.fromHost) return {};
  const stages = await stagesOf(backend, step.program, samples);
  const fromHost = step.fromHost;
  const times: number[] = [];
  for (let n = 0; n < Math.min(samples, 5); n++) {
    times.push(await stopwatch.secondsOfMany(() => fromHost()));
  }
  return { fromHostMs: 1e3 * median(times), stages };
}

/** Measures the median milliseconds of each stage; stages of one name, such as Adam's four, add up. */
async function stagesOf(backend: WebGpuBackend, program: Program, samples: number) {
  const runs: Map<string, number>[] = [];
  for (let n = 0; n < Math.min(samples, 10); n++) {
    const sums = new Map<string, number>();
    for (const { stage, seconds } of await profile(backend, program)) {
      sums.set(stage, (sums.get(stage) ?? 0) + 1e3 * seconds);
    }
    runs.push(sums);
  }
  return [...runs[0].keys()].map((stage) => {
    return { stage, ms: median(runs.map((run) => run.get(stage)!)) };
  });
}
