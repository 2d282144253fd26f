/** Explores what an autoencoder has learnt, for the explorer's page. */

import {
  type Backend,
  exploreLatents,
  type SaeParameters,
  SparseAutoencoder,
  type ToyTreeSample,
} from "@matryoshka/sae";
import { explorerPieces } from "explorer/page/embedding.ts";
import { manifestFacts } from "explorer/pieces.ts";
import type { Pieces } from "./protocol.ts";
import type { World } from "./world.ts";

/** Runs an autoencoder over samples, each of which has its features for a token. */
export async function explore(
  backend: Backend,
  parameters: SaeParameters,
  { batch, features }: ToyTreeSample,
  { features: names, prefixes }: World,
  title: string,
): Promise<Pieces> {
  const texts: string[] = [];
  const rows = batch.length / parameters.inputSize;
  const tokens = Uint32Array.from({ length: rows }, (_, row) => {
    const present = names.filter((_, f) => features[row * names.length + f]);
    const text = present.join(" + ") || "nothing";
    if (!texts.includes(text)) texts.push(text);
    return texts.indexOf(text);
  });
  const sae = SparseAutoencoder.fromParameters(backend, parameters);
  try {
    const exploration = await exploreLatents(sae, [batch], { levels: prefixes, tokens });
    const vocabulary = { text: (token: number) => texts[token], entries: () => texts.entries() };
    const explored = { exploration, texts: { tokens, firstRow: 0, vocabulary } };
    const data = `${rows} samples of the toy world`;
    return explorerPieces(
      explored,
      manifestFacts({ title, sae: title, data }, sae.activation, explored),
    );
  } finally {
    sae[Symbol.dispose]();
  }
}
