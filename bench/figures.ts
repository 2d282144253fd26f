/**
 * Repeats the training runs whose numbers README and docs quote, and fails where one has drifted:
 *
 *     deno task figures residual.safetensors            all runs: about three minutes
 *     deno task figures residual.safetensors readme     only this one; `demo` needs no data
 *     deno task figures residual.safetensors --write    renews the numbers of the pages
 *
 * The data are 65,536 rows of the residual stream after layer 2 of a small language model, 128 values each, with their
 * tokens, and beside the file its `vocab.json`: latents must still show the words that docs/explore.md names. Numbers
 * agree within one unit of the last digit or 1 %; times, which depend on the machine, within a factor of four.
 */
import { type Figure, RUNS } from "./figures/figures.ts";
import { compareQuote } from "./figures/quotes.ts";

const ROOT = new URL("../", import.meta.url);

/** Compares a passage, renews it if asked to, and returns whether its numbers have drifted. */
async function check({ page, text }: Figure, write: boolean): Promise<boolean> {
  const url = new URL(page, ROOT);
  const { drifts, renewed } = compareQuote(await Deno.readTextFile(url), text);
  for (const { quoted, measured } of drifts) {
    console.log(`${page}: ${quoted} is now ${measured}, in "${text.trim()}"`);
  }
  if (write && drifts.length > 0) await Deno.writeTextFile(url, renewed);
  return drifts.length > 0;
}

const write = Deno.args.includes("--write");
const [data, ...names] = Deno.args.filter((argument) => !argument.startsWith("--"));
if (data === undefined) {
  console.error("Cannot compare figures: give the file of activations that the pages describe");
  Deno.exit(2);
}
const unknown = names.filter((name) => !(name in RUNS));
if (unknown.length > 0) {
  console.error(`Cannot run ${unknown.join(", ")}: the runs are ${Object.keys(RUNS).join(", ")}`);
  Deno.exit(2);
}
let compared = 0;
let drifted = 0;
const folder = await Deno.makeTempDir();
try {
  for (const name of names.length > 0 ? names : Object.keys(RUNS)) {
    for (const figure of await RUNS[name](data, `${folder}/${name}`)) {
      compared++;
      if (await check(figure, write)) drifted++;
    }
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}
console.log(`${compared} passages compared, ${drifted} drifted${write ? " and renewed" : ""}`);
if (drifted > 0 && !write) Deno.exit(1);
