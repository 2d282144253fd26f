/** Explores what an autoencoder has learnt, for the explorer's page. */

import {
  type Backend,
  exploreLatents,
  type SaeParameters,
  SparseAutoencoder,
  type ToyTreeSample,
} from "@matryoshka/sae";
import { tokenTextsOf } from "explorer/details.ts";
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
  const rows = batch.length / parameters.inputSize;
  const texts = tokenTextsOf(Array.from({ length: rows }, (_, row) => {
    const present = names.filter((_, f) => features[row * names.length + f]);
    return present.join(" + ") || "nothing";
  }));
  const sae = SparseAutoencoder.fromParameters(backend, parameters);
  try {
    const { tokens } = texts;
    const exploration = await exploreLatents(sae, [batch], { levels: prefixes, tokens });
    const explored = { exploration, texts };
    const data = `${rows} samples of the toy world`;
    return explorerPieces(
      explored,
      manifestFacts({ title, sae: title, data }, sae.activation, explored),
    );
  } finally {
    sae[Symbol.dispose]();
  }
}
