import { type Backend, type Sae, saeFingerprint } from "@matryoshka/sae";
import type { ActivationFiles } from "../files/activation_files.ts";
import { CREATED_BY } from "../version.ts";
import type { Ranks } from "./ranks.ts";
import { byFlags, checkSame } from "./same_on_all.ts";

/** What a command has opened that runs an autoencoder on rows. */
export interface OpenedInput {
  readonly args: object;
  readonly sae: Sae;
  readonly files: ActivationFiles;
  readonly backend: Backend;
}

/**
 * Throws on all ranks unless they run the same version with the same options, weights and files on the same kind of
 * backend. Collective; without ranks nothing is compared.
 *
 * @param task The task for error messages, such as `encode`.
 */
export async function checkSameInput(
  ranks: Ranks,
  { args, sae, files, backend }: OpenedInput,
  task: string,
): Promise<void> {
  if (ranks.communicator === undefined) return;
  const autoencoder = await ranks.together(() => saeFingerprint(sae));
  const facts = {
    "the program": CREATED_BY,
    ...byFlags(args),
    "the backend": backend.name,
    "the fingerprint of the autoencoder": autoencoder,
    "the number of rows": files.description.rows,
    "the files of activations": files.description.shards,
  };
  await checkSame(ranks, facts, task);
}
