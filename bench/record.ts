/**
 * Runs the benches of the pages on this machine and writes their dated results:
 *
 *     deno task bench:record                    steps, PyTorch, JavaScript libraries, screening, scaling: an hour
 *     deno task bench:record --data FILE        README's training command, too, on the activations of `task figures`
 *     deno task bench:record steps webgpu       only these
 *     deno task bench:record mpi                two ranks, for docs/more-than-one-machine.md: ten minutes
 *     deno task bench:record recipes --data FILE   the recipes of docs/recipes.md: half an hour
 *     deno task bench:record edge               the edge service in Deno and workerd: a quarter of an hour
 *     deno task bench:record --samples 10       names, then options for all of them
 *     deno task bench:record … --pages          then renders the tables and the picture of the pages
 *
 * Leave the machine alone meanwhile. A bench in which a participant is wrong or fails writes nothing.
 * PyTorch needs Debian's python3-torch and libopenblas0, "mpi" openmpi-bin and libopenmpi3, "edge" npm, "webgpu" a GPU.
 */
import type { EdgeResults } from "./edge/results.ts";
import type { GpuResults } from "./gpu/results.ts";
import { lookUpEnvironment } from "./harness/environment.ts";
import type { MpiResults } from "./mpi/results.ts";
import type { RecipesResults } from "./recipes/results.ts";
import type { ScreeningResults } from "./screening/results.ts";
import type { CostsResults, TrainingResults } from "./training/results.ts";
import type { CpuResults } from "./peers/running/rows.ts";

/** The results of any bench. */
type RecordedResults =
  | CpuResults
  | EdgeResults
  | GpuResults
  | MpiResults
  | RecipesResults
  | ScreeningResults
  | TrainingResults
  | CostsResults;

const RESULTS = new URL("results/", import.meta.url);
const PEERS = ["--config", "bench/peers/deno.json"];

/** Arguments of `deno run -A` by the name of the results. */
const BENCHES: Record<string, readonly string[]> = {
  "cpu-steps": [...PEERS, "bench/peers/steps.ts"],
  "cpu-pytorch": [...PEERS, "bench/peers/pytorch.ts"],
  "cpu-javascript": [...PEERS, "bench/peers/javascript.ts", "--tasks", "encode,step"],
  "cpu-screening": ["bench/screening.ts"],
  "cpu-scaling": ["bench/scaling.ts"],
  "cpu-training": ["bench/training.ts"],
  "cpu-costs": ["bench/training/costs.ts"],
  "cpu-recipes": ["bench/recipes.ts"],
  "cpu-mpi": ["bench/mpi.ts"],
  "cpu-edge": ["bench/edge.ts"],
  "webgpu": ["--no-config", "bench/gpu.ts", "--shapes", "medium+large+ragged"],
};
/** Those that run without being named. */
const CPU = ["cpu-steps", "cpu-pytorch", "cpu-javascript", "cpu-screening", "cpu-scaling"];

/** Those that read activations, and run without being named if there are some. */
const ON_DATA = ["cpu-training", "cpu-costs"];
/** Programs that render the pages from the results. */
const PAGES = ["bench/results/write_tables.ts", "docs/pictures/scaling.ts"];

function benchNamed(name: string): string {
  const found = Object.keys(BENCHES).find((each) => each === name || each === `cpu-${name}`);
  if (found) return found;
  throw new RangeError(
    `Cannot record "${name}": the benches are ${Object.keys(BENCHES).join(", ")}`,
  );
}

/** Returns "h200" of "NVIDIA H200". */
function shortName(adapter: string): string {
  return adapter.toLowerCase().replace(/^nvidia /, "").replace(/[^a-z0-9]+/g, "-");
}

/** Takes an option with its values out of the arguments. */
function take(args: string[], option: string, length: number): string[] {
  const at = args.indexOf(option);
  return at < 0 ? [] : args.splice(at, length);
}

function run(args: readonly string[]): Promise<Deno.CommandStatus> {
  const cwd = new URL("../", import.meta.url);
  return new Deno.Command(Deno.execPath(), { args: [...args], cwd, stdin: "null" }).spawn().status;
}

/** Runs a bench, and writes its results if all participants passed. Returns whether they did. */
async function record(name: string, date: string, options: readonly string[]): Promise<boolean> {
  console.log(`\n--- ${name}`);
  const temporary = await Deno.makeTempFile({ suffix: ".json" });
  try {
    const { success } = await run([
      ...["run", "-A", ...BENCHES[name], ...options],
      ...["--json", temporary],
    ]);
    if (!success) return false;
    const results: RecordedResults = JSON.parse(
      await Deno.readTextFile(temporary),
    );
    if (results.kind === "webgpu" && results.software) {
      console.error(
        `${results.adapter} is a software adapter, whose times say nothing about a GPU`,
      );
      return false;
    }
    const suffix = results.kind === "webgpu" ? `-${shortName(results.adapter)}` : "";
    const target = new URL(`${date}-${name}${suffix}.json`, RESULTS);
    await Deno.copyFile(temporary, target);
    console.log(`wrote ${target.pathname}`);
    return true;
  } finally {
    await Deno.remove(temporary);
  }
}

const { date, host } = await lookUpEnvironment();
if (host && !host.quiet) console.log(`NOT QUIET: ${(100 * host.busy).toFixed(0)} % is in use`);
const given = [...Deno.args];
const pages = take(given, "--pages", 1).length > 0;
const data = take(given, "--data", 2);
const firstOption = given.findIndex((argument) => argument.startsWith("-"));
const end = firstOption < 0 ? given.length : firstOption;
const defaults = data.length > 0 ? [...CPU, ...ON_DATA] : CPU;
const names = end > 0 ? given.slice(0, end).map(benchNamed) : defaults;
const options = given.slice(end);
const failed: string[] = [];
for (const name of names) {
  // Training runs have options of their own, for which they must be named.
  const own = ON_DATA.includes(name) ? [...data, ...end > 0 ? options : []] : options;
  if (!await record(name, date, own)) failed.push(name);
}
for (const program of pages ? PAGES : []) {
  const { success } = await run(["run", "-R", "-W", "-E", program]);
  if (!success) failed.push(program);
}
if (failed.length > 0) {
  console.error(`Not recorded: ${failed.join(", ")}`);
  Deno.exit(1);
}
