/**
 * Writes the file of an autoencoder whose latents are spread over ranks.
 *
 * @module
 */
import { failureReason } from "../../io/sources/failure_reason.ts";
import { writeFileAtomically } from "../../io/sources/files.ts";
import { saveSae } from "../../io/formats/save.ts";
import type { Sae } from "../../model/sae.ts";
import type { Communicator } from "../communicator.ts";
import type { Range } from "../shares.ts";
import { agree, attempt } from "../texts.ts";

/** The part of an autoencoder that one rank holds. */
export interface SaeShare {
  /**
   * The autoencoder with these latents only: `parameters.latentCount` is their number, and so is the length of a
   * jumprelu's `threshold`. Everything else describes the whole autoencoder and is the same on every rank: `prefixes`
   * end at `latentCount`, and k may exceed the number of latents here.
   */
  readonly sae: Sae;
  /** The latents that it holds. */
  readonly latents: Range;
  /** N, the number of latents of the whole autoencoder. */
  readonly latentCount: number;
}

/**
 * Writes an autoencoder whose latents are spread over ranks to one file, the same bytes that
 * `saveSae(whole, "native")["sae.safetensors"]` gives. No rank holds more than its own latents. Ranks take turns,
 * because concurrent writers on a network file system can damage each other's pages. The file grows under a temporary
 * name beside `path`, which all ranks must see; at the end it is flushed and renamed, as by `writeFileAtomically`.
 *
 * Collective: every rank of the communicator calls it.
 *
 * @param path The file to create or replace; the same on every rank.
 * @param share This rank's part, or undefined on a rank that writes nothing, such as those of further replicas. The
 * shares together hold each latent once.
 * @param communicator All ranks of the run.
 * @throws {Error} on every rank if one fails; the message names that rank and its reason. The old file is then
 * unchanged, and the temporary one is removed.
 *
 * @example
 * ```ts
 * import { mkdtemp, readFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { initialParameters, Random, runRanks, saveSae } from "@matryoshka/sae";
 * import { writeSaeInTurn } from "@matryoshka/sae/files";
 * import { assertEquals } from "@std/assert";
 *
 * const whole = {
 *   parameters: initialParameters(4, 6, Random.fromSeed(1)),
 *   activation: { kind: "relu" },
 *   subtractDecoderBias: false,
 *   prefixes: [2, 6],
 * } as const;
 * const path = join(await mkdtemp(join(tmpdir(), "sae-")), "sae.safetensors");
 * await runRanks(2, async (communicator) => {
 *   const { encoder, encoderBias, decoder, ...rest } = whole.parameters;
 *   const latents = [{ from: 0, to: 2 }, { from: 2, to: 6 }][communicator.rank];
 *   const { from, to } = latents;
 *   const parameters = {
 *     ...rest,
 *     latentCount: to - from,
 *     encoder: encoder.slice(from * 4, to * 4),
 *     encoderBias: encoderBias.slice(from, to),
 *     decoder: decoder.slice(from * 4, to * 4),
 *   };
 *   await writeSaeInTurn(path, { sae: { ...whole, parameters }, latents, latentCount: 6 }, communicator);
 * });
 * assertEquals(new Uint8Array(await readFile(path)), saveSae(whole, "native")["sae.safetensors"]);
 * ```
 */
export async function writeSaeInTurn(
  path: string,
  share: SaeShare | undefined,
  communicator: Communicator,
): Promise<void> {
  const attempted = await attempt(() =>
    writeFileAtomically(path, saveSae(share!.sae, "native")["sae.safetensors"])
  );
  await agree(communicator, attempted, `write ${path}`, failureReason);
}
