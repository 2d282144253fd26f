/**
 * `demo`: compares a vanilla and a Matryoshka autoencoder on the toy tree.
 *
 * @module
 */
import type { Command } from "commander";
import { EXIT } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";
import {
  type BackendArguments,
  backendOptions,
  countOption,
  openBackend,
} from "../terminal/options.ts";
import type { DemoModel } from "../report/demo_report.ts";
import { orWarn, writeDemoReport } from "../report/write_report.ts";
import { type Scope, scoped } from "../terminal/scope.ts";
import { formatNumber, percent, textTable } from "../terminal/text.ts";
import { writeToyExplorer } from "../demo/explored_toy.ts";
import { checkExplorerFolder } from "../explore/write_explorer.ts";
import { type ToyResult, trainOnToyTree } from "../demo/toy_comparison.ts";
import { VERSION } from "../version.ts";

const KINDS = [{ name: "vanilla", prefixCount: 1 }, { name: "Matryoshka", prefixCount: 10 }];

const EXAMPLES = `
Examples:
  deno task demo
  deno task demo --steps 3000 --seed 1      a fifth of the author's steps shows the same
  deno task demo --json > demo.json`;

const READING = `
In this world a child feature never comes without its parent. A vanilla autoencoder saves a latent by
letting the child's latent speak for both, so the parent's falls silent ("absorption": parent active
when its child is ≈ 0). In a Matryoshka one the short prefixes must do without the child's latent, so
the parent's keeps its meaning (≈ 1), and latents point closer to the true features.`;

interface DemoArguments extends BackendArguments {
  readonly steps: number;
  readonly batch: number;
  readonly seed: number;
  readonly out: string;
  readonly report: boolean;
  readonly json: boolean;
}

type NamedResult = ToyResult & { readonly name: string };

/** Adds the command; `finish` receives its exit code. */
export function addDemo(program: Command, finish: (code: number) => void): void {
  const command = program.command("demo")
    .description("Train a vanilla and a Matryoshka autoencoder on a toy world, and compare them")
    .addOption(
      countOption("--steps <count>", "training steps of each autoencoder", { fallback: 15_000 }),
    )
    .addOption(countOption("--batch <rows>", "rows per step", { fallback: 200 }))
    .addOption(
      countOption("--seed <seed>", "seed of all random numbers", { fallback: 0, least: 0 }),
    )
    .option("--out <folder>", "folder to write report.html and the explorers to", "out/demo")
    .option("--no-report", "do not write report.html and the explorers")
    .option("--json", "print the results as JSON", false)
    .addHelpText("after", EXAMPLES)
    .action(async (args: DemoArguments) => finish(await scoped((scope) => demo(args, scope))));
  // Twenty latents are too few for a GPU: launching a step would take longer than computing it.
  for (const each of backendOptions("wasm")) command.addOption(each);
}

async function demo(args: DemoArguments, scope: Scope): Promise<number> {
  const { steps, batch, seed, json } = args;
  const backend = scope.use(await openBackend(args));
  const models: DemoModel[] = [];
  for (const { name, prefixCount } of KINDS) {
    const label = `${name.padEnd(10)} step`;
    const options = { label, prefixCount, steps, batchRows: batch, seed };
    models.push({ name, ...await trainOnToyTree(backend, options) });
  }
  const results: NamedResult[] = models.map(({ name, result }) => ({ name, ...result }));
  const { name, description } = backend;
  const environment = { backend: { name, description }, version: VERSION };
  if (json) console.log(jsonText({ steps, batch, seed, environment, results }));
  else console.log("\n" + table(results) + "\n" + READING);
  if (args.report) {
    const run = { models, options: { steps, batch, seed }, environment };
    const path = await orWarn("write the report", () => writeDemoReport(args.out, run));
    if (path !== undefined) console.error(`\nWrote ${path}`);
    for (const [n, { name, evidence }] of models.entries()) {
      const folder = `${args.out}/explore-${name.toLowerCase()}`;
      const { prefixCount } = KINDS[n];
      const written = await orWarn(`write ${folder}`, async () => {
        await checkExplorerFolder(folder, true);
        await writeToyExplorer(backend, folder, name, evidence, prefixCount);
        return `${folder}/index.html`;
      });
      if (written !== undefined) console.error(`Wrote ${written}`);
    }
  }
  return EXIT.done;
}

function table(results: readonly NamedResult[]): string {
  return textTable(
    ["", "parent active when its child is", "mean matched cosine", "FVU", "L0", "dead latents"],
    results.map((result) => [
      result.name,
      percent(result.parentActiveWhenChild),
      result.meanCosine.toFixed(3),
      formatNumber(result.fvu),
      formatNumber(result.l0),
      `${result.deadLatents}`,
    ]),
  );
}
