/**
 * Writes the file of an autoencoder whose latents are spread over ranks.
 *
 * @module
 */
import { checkInteger, checkObject } from "../../base/checks.ts";
import { crc32 } from "../../base/crc32.ts";
import { bytesOf, layOutShare, type NativeShare } from "../../io/formats/native_share.ts";
import { temporaryName } from "../../io/sources/disk.ts";
import { failureReason } from "../../io/sources/failure_reason.ts";
import type { Sae } from "../../model/sae.ts";
import { checkLatents } from "../../training/trainer_state.ts";
import type { Communicator } from "../communicator.ts";
import type { Range } from "../shares.ts";
import { agree, type Attempt, attempt } from "../texts.ts";
import { DISK, type Disk } from "./disk.ts";
import { agreeOnHolders, type Holder, type ShareFacts } from "./holders.ts";
import { commonMark } from "./marks.ts";

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
  await writeInTurn(DISK, path, share, communicator);
}

/** As {@linkcode writeSaeInTurn}, on any disk. */
export async function writeInTurn(
  disk: Disk,
  path: string,
  share: SaeShare | undefined,
  communicator: Communicator,
): Promise<void> {
  const task = `write ${path}`;
  const attempted = await attempt(() => share && layOut(share, task));
  const laidOut = "error" in attempted ? undefined : attempted.result;
  const facts: Attempt<ShareFacts | undefined> = "error" in attempted
    ? attempted
    : { result: share && factsOf(share, laidOut!) };
  const { holders } = await agreeOnHolders(communicator, facts, task);
  const temporary = temporaryName(path, await commonMark(communicator));
  const [first] = holders;
  try {
    for (const holder of holders) {
      await inTurn(
        communicator,
        holder,
        task,
        () => disk.writeParts(temporary, laidOut!.parts, holder === first),
      );
    }
    await inTurn(
      communicator,
      first,
      task,
      () => disk.publish(temporary, path, laidOut!.byteLength),
    );
  } catch (error) {
    if (first.rank === communicator.rank) await disk.remove(temporary).catch(() => {});
    throw error;
  }
}

/** Lets one rank act while the others wait; if it fails, all do. */
async function inTurn(
  communicator: Communicator,
  { rank }: Holder,
  task: string,
  act: () => Promise<void>,
): Promise<void> {
  const attempted = await attempt(() => rank === communicator.rank ? act() : undefined);
  await agree(communicator, attempted, task, failureReason);
}

function layOut(share: SaeShare, task: string): NativeShare {
  checkObject(share, "the share", task);
  const { sae, latents, latentCount } = share;
  checkObject(sae, "sae", task);
  const { from, to } = checkLatents(latents, checkInteger(latentCount, "latentCount", task), task);
  const held = sae.parameters?.latentCount;
  if (held !== undefined && held !== to - from) {
    throw new RangeError(
      `Cannot ${task}: sae.parameters.latentCount must be ${to - from}, as many as the share's ` +
        `latents, but is ${held}`,
    );
  }
  return layOutShare(sae, from, latentCount, task);
}

function factsOf({ sae, latents, latentCount }: SaeShare, { metadata }: NativeShare): ShareFacts {
  const { inputSize, decoderBias } = sae.parameters;
  const checksum = crc32(bytesOf(decoderBias));
  const common = { inputSize, ...metadata, "the checksum of decoderBias": checksum };
  return { latents, latentCount, common };
}
