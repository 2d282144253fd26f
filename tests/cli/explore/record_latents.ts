/**
 * Writes tests/golden/explorer: the latents that docs/explore.md names, cut out of README's run, and sequences of tokens
 * on which they are active.
 *
 *     deno run -A tests/cli/explore/record_latents.ts runs/first residual.safetensors vocab.json
 */
import { EXPLORE_PAGE, namedLatents } from "../../../bench/figures/named_latents.ts";
import { readTokens } from "../../../cli/explore/token_input.ts";
import { ActivationFiles } from "../../../cli/files/activation_files.ts";
import { readSae } from "../../../cli/files/sae_files.ts";
import { createBackend, encodeSafetensors, saveSae, SparseAutoencoder } from "../../../mod.ts";
import { withTokens } from "./explorers.ts";

const OUT = new URL("../../golden/explorer/", import.meta.url);
const CONTEXT = 64, SEQUENCES = 14;

const [run, data, vocabularyPath] = Deno.args;
const named = namedLatents(
  await Deno.readTextFile(new URL(`../../../${EXPLORE_PAGE}`, import.meta.url)),
);
const { sae: { parameters: all, activation } } = await readSae(run);
if (activation.kind !== "jumprelu") throw new Error(`Cannot cut out of ${activation.kind}`);
const d = all.inputSize;
const rowsOf = (values: Float32Array, size: number) =>
  Float32Array.from(named.flatMap(({ latent }) => [
    ...values.subarray(latent * size, (latent + 1) * size),
  ]));
const sae = {
  parameters: {
    inputSize: d,
    latentCount: named.length,
    encoder: rowsOf(all.encoder, d),
    encoderBias: rowsOf(all.encoderBias, 1),
    decoder: rowsOf(all.decoder, d),
    decoderBias: all.decoderBias,
  },
  activation: { kind: "jumprelu", threshold: rowsOf(Float32Array.from(activation.threshold), 1) },
  subtractDecoderBias: false,
  prefixes: [4, named.length],
} as const;
await Deno.writeFile(new URL("sae.safetensors", OUT), saveSae(sae, "native")["sae.safetensors"]);

await using files = await ActivationFiles.open([data]);
const tokens = await readTokens(files.description.shards, undefined);
const vocabulary: string[] = JSON.parse(await Deno.readTextFile(vocabularyPath));
using backend = await createBackend();
using model = SparseAutoencoder.fromSae(backend, sae);
const sequences: { x: Float32Array; ids: Uint32Array; found: string[] }[] = [];
const range = { rows: { from: 0, to: tokens.length }, batchRows: CONTEXT };
await files.inOrder("encoded rows", range, async (batches) => {
  let row = 0;
  for await (const x of batches) {
    const { rowOffsets, indices } = await model.encode(x);
    const ids = tokens.subarray(row, row += CONTEXT), found = new Set<string>();
    for (let b = 0; b < CONTEXT; b++) {
      for (let e = rowOffsets[b]; e < rowOffsets[b + 1]; e++) {
        const word = vocabulary[ids[b]];
        if (named[indices[e]].words.includes(word)) found.add(`${indices[e]} ${word}`);
      }
    }
    sequences.push({ x: x.slice(), ids, found: [...found] });
  }
});

// One after the other, the sequence with the most that is rare so far.
const seen = new Map<string, number>();
const worth = ({ found }: { found: string[] }) =>
  found.reduce((sum, each) => sum + 4 ** -(seen.get(each) ?? 0), 0);
const chosen = Array.from({ length: SEQUENCES }, () => {
  const best = sequences.reduce((a, b) => worth(b) > worth(a) ? b : a);
  for (const each of best.found) seen.set(each, (seen.get(each) ?? 0) + 1);
  sequences.splice(sequences.indexOf(best), 1);
  return best;
});
const used = [...new Set(chosen.flatMap(({ ids }) => [...ids]))].sort((a, b) => a - b);
await Deno.writeTextFile(
  new URL("vocab.json", OUT),
  JSON.stringify(used.map((id) => vocabulary[id])),
);
const count = SEQUENCES * CONTEXT;
const values = Float32Array.from(chosen.flatMap(({ x }) => [...x]));
const file = encodeSafetensors({
  activations: { shape: [count, d], data: values, dtype: "F16" },
});
await Deno.writeFile(
  new URL("rows.safetensors", OUT),
  withTokens(
    file,
    Int32Array.from(chosen.flatMap(({ ids }) => [...ids].map((id) => used.indexOf(id)))),
  ),
);
console.log(seen);
