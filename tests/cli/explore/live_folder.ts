/** An explorer with its own vocabulary and a new text for it, for tests of the view of new rows. */
import { assertEquals } from "@std/assert";
import { type Activation, Random, ToyTree } from "../../../mod.ts";
import { createWasmBackend, SparseAutoencoder } from "../../../entries/wasm.ts";
import { runHere } from "../run_here.ts";
import { someSae, writeSae } from "../sae_samples.ts";
import { writeRows } from "./explorers.ts";

/** A latent that is active in a row. */
export interface Active {
  readonly latent: number;
  readonly value: number;
}

/** Rows of the text, and the tokens of the vocabulary; the last token of the text is not among them. */
export const ROWS = 70;
export const WORDS = ["<img src=x onerror=alert(1)>", "Ġthe", "\u202eevil", "Ġriver", "\n"]
  .concat("x".repeat(10_240), "Ġof");
export const TOKENS = Array.from({ length: ROWS }, (_, n) => n < ROWS - 1 ? n % 7 : 99);

/** Writes an explorer to `out`, and beside it `text.safetensors`; returns the activations of the latents [row][]. */
export async function writeLiveFolder(
  folder: string,
  activation: Activation,
): Promise<Active[][]> {
  const given = someSae(activation);
  const sae = await writeSae(`${folder}/given.safetensors`, given);
  const known = TOKENS.map((token) => token % 7);
  const data = await writeRows(`${folder}/explored.safetensors`, ROWS, known);
  await Deno.writeTextFile(`${folder}/vocab.json`, JSON.stringify(WORDS));
  const { code, stderr } = await runHere(
    ["explore", sae, "--data", data, "--tokens", `${folder}/vocab.json`, "--backend", "reference"]
      .concat("--out", `${folder}/out`),
  );
  assertEquals(code, 0, stderr);
  await writeRows(`${folder}/text.safetensors`, ROWS, TOKENS);

  const rows = ToyTree.create({ seed: 77 }).sample(ROWS, Random.fromSeed(1, 9)).batch;
  using backend = await createWasmBackend({ tier: "simd" });
  using model = SparseAutoencoder.fromSae(backend, given);
  const { rowOffsets, indices, values } = await model.encode(rows);
  return Array.from({ length: ROWS }, (_, b) => {
    const entries = Array.from({ length: rowOffsets[b + 1] - rowOffsets[b] }, (_, e) => ({
      latent: indices[rowOffsets[b] + e],
      value: values[rowOffsets[b] + e],
    }));
    return entries.filter(({ value }) => value > 0)
      .sort((a, b) => b.value - a.value || a.latent - b.latent);
  });
}
