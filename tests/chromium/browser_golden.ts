/**
 * The script that `golden_test.ts` runs in a page: the golden vectors and the recorded runs.
 *
 * @module
 */
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { PARAMETER_NAMES } from "../../src/model/parameters.ts";
import { goldenLosses, goldenTrajectories } from "../golden/golden.ts";
import { FLOAT32 } from "../golden/tolerances.ts";
import {
  type Algorithm,
  follow,
  lossComplaints,
  type Run,
  runComplaints,
} from "../training/golden_runs.ts";

/** Functions of the page that the test calls. */
export interface BrowserGolden {
  /** Returns the adapter's name. */
  describe(): Promise<string>;
  /** Returns the names of the golden vectors and of the recorded runs. */
  names(): Promise<{ losses: string[]; runs: string[] }>;
  /** Returns the complaints about one golden vector. */
  complaintsOfLoss(name: string, algorithm: Algorithm): Promise<string[]>;
  /** Returns the complaints about one recorded run. */
  complaintsOfRun(name: string, algorithm: Algorithm): Promise<string[]>;
  /** Returns whether a recorded run gives the same bits when it is taken again. */
  repeats(name: string, algorithm: Algorithm): Promise<boolean>;
}

const losses = goldenLosses();
const runs = goldenTrajectories();
// Made once: compiling for a device takes longer than a run.
const made = createWebGpuBackend();

const taken = new Map<string, string>();

/** Returns a text of all bits of a run. */
function bitsOf({ figures, final }: Run): string {
  const parameters = PARAMETER_NAMES.map((name) => new Uint32Array(final[name].buffer).join());
  return [JSON.stringify(figures), ...parameters].join("\n");
}

const golden: BrowserGolden = {
  async describe() {
    return (await made).description;
  },
  async names() {
    const namesOf = (all: { name: string }[]) => all.map(({ name }) => name);
    return { losses: namesOf(await losses), runs: namesOf(await runs) };
  },
  async complaintsOfLoss(name, algorithm) {
    const each = (await losses).find((golden) => golden.name === name)!;
    return await lossComplaints(await made, each, algorithm, FLOAT32);
  },
  async complaintsOfRun(name, algorithm) {
    const each = (await runs).find((golden) => golden.name === name)!;
    const run = await follow(await made, each, algorithm);
    taken.set(`${name}, ${algorithm}`, bitsOf(run));
    return await runComplaints(run, each, FLOAT32);
  },
  async repeats(name, algorithm) {
    const first = taken.get(`${name}, ${algorithm}`);
    if (first === undefined) throw new Error(`Cannot repeat ${name}, ${algorithm}: it was not run`);
    const each = (await runs).find((golden) => golden.name === name)!;
    return bitsOf(await follow(await made, each, algorithm)) === first;
  },
};

(globalThis as unknown as { golden: BrowserGolden }).golden = golden;
