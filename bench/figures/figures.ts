/** Every passage of README and docs that quotes numbers of training runs, and the runs that they come from. */

import { dirname } from "node:path";
import { EXPLORE_PAGE, foundRow, namedLatents } from "./named_latents.ts";
import { commandLine, train, type Trained } from "./runs.ts";

/** A passage of a page, with new numbers in place of the quoted ones. */
export interface Figure {
  readonly page: string;
  readonly text: string;
}

const README = "README.md";
const ACTIVATIONS = "docs/bring-your-activations.md";

/** The options that reproduce the quality of the method's published code on real activations. */
const AUTHOR = [
  "--preset",
  "authorCode",
  "--prefixes",
  "5",
  "--penalty",
  "log",
  "--learning-rate",
  "0.003",
];
/** An autoencoder without prefixes. */
const ORDINARY = ["--preset", "default", "--prefixes", "1"];

const isTableRow = (line: string) => /^\S+ {2,}[-\d.]/.test(line);

/** The rows of a table as one passage: single rows of numbers alone would read the same. */
const tableOf = (text: string): string => text.split("\n").filter(isTableRow).join("\n");

async function demo(folder: string): Promise<Figure[]> {
  const text = await commandLine(["demo", "--out", folder]);
  return [{ page: README, text: tableOf(text) }];
}

const onPages = (pages: readonly string[], text: string): Figure[] =>
  pages.map((page) => ({ page, text }));

/** Lines of the progress, which the command prints by the clock and the record keeps by steps. */
function progressLine({ step, loss, l0, perPrefix, sparsityScale }: Trained["history"][number]) {
  const { fvu } = perPrefix.at(-1)!;
  return `step ${step}/2500  loss ${short(loss)}  L0 ${short(l0)}  FVU ${short(fvu)}  λ ${
    short(sparsityScale)
  }`;
}

const short = (value: number) => value.toPrecision(4);

/** Explores a run, and returns the rows of the page's table with the words that its latents show. */
async function exploredRun(data: string, run: string): Promise<Figure[]> {
  const vocabulary = `${dirname(data)}/vocab.json`;
  const out = `${run}/explore`;
  await commandLine(["explore", run, "--data", data, "--tokens", vocabulary, "--out", out]);
  const { latents } = JSON.parse(await Deno.readTextFile(`${out}/explore.json`));
  const page = await Deno.readTextFile(new URL(`../../${EXPLORE_PAGE}`, import.meta.url));
  return namedLatents(page).map((named) => ({
    page: EXPLORE_PAGE,
    text: foundRow(named, latents[named.latent]),
  }));
}

async function readmeRun(data: string, folder: string): Promise<Figure[]> {
  const { text, seconds, history } = await train(data, folder);
  const summary = text.split("\n").find((line) => line.startsWith("loss "))!;
  const shown = history.filter(({ step }) => [1, 600, 1200, 1800, 2500].includes(step));
  const closing = text.split("\n").find((line) => / rows; .* latents dead/.test(line))!;
  return [
    ...onPages([README, ACTIVATIONS], tableOf(text)),
    { page: README, text: `takes ${Math.round(seconds)} s on one thread` },
    { page: ACTIVATIONS, text: summary },
    { page: ACTIVATIONS, text: closing },
    { page: ACTIVATIONS, text: shown.map(progressLine).join("  …\n") },
    ...await exploredRun(data, folder),
  ];
}

async function ordinaryRun(data: string, folder: string): Promise<Figure[]> {
  const { folder: run } = await train(data, folder, ORDINARY);
  const evaluated = JSON.parse(
    await commandLine(["eval", run, data, "--rows", "57344:", "--prefixes", "64,1024", "--json"]),
  );
  const fvu = short(evaluated.perPrefix[0].fvu);
  return [{ page: ACTIVATIONS, text: `those of an ordinary SAE leave ${fvu}` }];
}

async function authorRun(data: string, folder: string): Promise<Figure[]> {
  const { prefixes } = await train(data, folder, AUTHOR);
  const { fvu, l0 } = prefixes.at(-1)!;
  const text = `this command reaches FVU ${short(fvu)} at L0 ${short(l0)}`;
  return [{ page: ACTIVATIONS, text }];
}

/** The runs by name. Each returns the passages that quote it. */
export const RUNS: Readonly<Record<string, (data: string, folder: string) => Promise<Figure[]>>> = {
  demo: (_, folder) => demo(folder),
  readme: readmeRun,
  ordinary: ordinaryRun,
  author: authorRun,
};
