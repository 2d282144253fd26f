/**
 * The explorer of an autoencoder of the toy tree: in place of tokens, each sample has the names of its features.
 *
 * @module
 */
import {
  type Backend,
  exploreLatents,
  saeFingerprint,
  saveSae,
  SparseAutoencoder,
} from "@matryoshka/sae";
import { type TokenTexts, tokenTextsOf } from "../explore/details.ts";
import { manifestFacts } from "../explore/pieces.ts";
import { writeExplorer } from "../explore/write_explorer.ts";
import { evaluationPrefixes } from "../sae/evaluation.ts";
import { scoped } from "../terminal/scope.ts";
import type { ToyEvidence } from "./toy_comparison.ts";

/** Explores an autoencoder over its fresh samples, and writes the folder. */
export function writeToyExplorer(
  backend: Backend,
  path: string,
  name: string,
  evidence: ToyEvidence,
  prefixCount: number,
): Promise<void> {
  return scoped(async (scope) => {
    const { parameters, samples: { batch } } = evidence;
    const sae = { parameters, activation: { kind: "relu" }, subtractDecoderBias: false } as const;
    const model = scope.use(SparseAutoencoder.fromSae(backend, sae));
    const levels = evaluationPrefixes(prefixCount, parameters.latentCount);
    const texts = featureTexts(evidence);
    const { tokens } = texts;
    const exploration = await exploreLatents(model, [batch], { levels, tokens, context: 1 });
    const explored = { exploration, texts };
    const names = { title: name, sae: "demo", data: "the toy tree" };
    const facts = {
      ...manifestFacts(names, sae.activation, explored),
      fingerprint: await saeFingerprint(sae),
    };
    const file = saveSae(sae, "native")["sae.safetensors"];
    await writeExplorer(path, { explored, facts, sae: file });
  });
}

/** Names each sample by its features. */
function featureTexts({ samples: { features }, featureNames, rows }: ToyEvidence): TokenTexts {
  const F = featureNames.length;
  return tokenTextsOf(Array.from({ length: rows }, (_, row) => {
    const active = featureNames.filter((_, f) => features[row * F + f] !== 0);
    return active.join(" + ") || "nothing";
  }));
}
