/**
 * Detects which library wrote a file, by its content.
 *
 * @module
 */
import type { SaeFormat } from "../../model/sae.ts";
import type { Container, Weights } from "./weights.ts";

/** The container of each format. */
export const CONTAINERS: Readonly<Record<SaeFormat, Container>> = {
  native: "safetensors",
  saelens: "safetensors",
  sparsify: "safetensors",
  dictionary_learning: "torch",
  openai: "torch",
  gemma_scope: "npz",
};

/** Detects the format from the container, the names of the arrays and the metadata. */
export function detectFormat({ container, entries, metadata }: Weights, task: string): SaeFormat {
  const has = (...names: string[]) => names.every((name) => entries.has(name));
  switch (container) {
    case "npz":
      if (has("W_enc", "W_dec")) return "gemma_scope";
      break;
    case "torch":
      if (has("pre_bias", "latent_bias")) return "openai";
      if (has("W_enc", "W_dec") || has("encoder.weight", "decoder.weight")) {
        return "dictionary_learning";
      }
      break;
    case "safetensors":
      if (metadata.format === "matryoshka-sae") return "native";
      if (has("W_enc", "W_dec")) return "saelens";
      if (has("encoder.weight", "W_dec")) return "sparsify";
  }
  const names = [...entries.keys()].map((name) => JSON.stringify(name)).join(", ").slice(0, 400);
  throw new TypeError(
    `Cannot ${task}: its format is unknown, its tensors are ${names || "none"}`,
  );
}
