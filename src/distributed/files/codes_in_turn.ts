/**
 * Writes the file of codes whose rows are spread over ranks.
 *
 * @module
 */
import { open } from "node:fs/promises";
import { checkObject } from "../../base/checks.ts";
import {
  type CodesArray,
  codesArrays,
  type CodesOrigin,
  type CodesSize,
  WIDE_OFFSETS,
} from "../../io/codes/codes_layout.ts";
import {
  codesHead,
  type CodesParts,
  offsetChunks,
  partChunks,
} from "../../io/codes/codes_writing.ts";
import { temporaryName, writeAll } from "../../io/sources/disk.ts";
import { failureReason } from "../../io/sources/failure_reason.ts";
import type { Communicator } from "../communicator.ts";
import { agree, attempt } from "../texts.ts";
import { DISK } from "./disk.ts";
import { commonMark } from "./marks.ts";

/** The codes of the rows of one rank. */
export interface CodesShare {
  /** N. */
  readonly latentCount: number;
  /** The arrays of this rank's rows; a rank may have none. */
  readonly parts: CodesParts;
  /** The autoencoder and the program that made the codes; those of rank 0 are written. */
  readonly origin?: CodesOrigin;
}

/** Bytes of a file from an offset on. */
type Piece = readonly [offset: number, chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>];

/**
 * Writes the codes of all ranks to one file, the rows of rank 0 first: the bytes of `codesFileChunks` for all rows. Ranks
 * take turns, because concurrent writers on a network file system can damage each other's pages. The file grows under a
 * temporary name beside `path`, which all ranks must see; at the end it is flushed and renamed, as by
 * `writeFileAtomically`. Memory holds a few megabytes.
 *
 * Collective: every rank of the communicator calls it.
 *
 * @param path The file to create or replace; the same on every rank.
 * @param share The rows of this rank, from byte sources such as temporary files.
 * @param communicator All ranks.
 * @throws {Error} on every rank if one fails; the message names that rank and its reason. An old file is then unchanged,
 * and the temporary one is removed.
 *
 * @example
 * ```ts
 * import { mkdtemp, readFile } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { codesFromDense, runRanks, sourceFromBytes, writeCodes } from "@matryoshka/sae";
 * import { writeCodesInTurn } from "@matryoshka/sae/files";
 * import { assertEquals } from "@std/assert";
 *
 * const path = join(await mkdtemp(join(tmpdir(), "codes-")), "codes.safetensors");
 * const source = (values: Uint32Array | Float32Array) => sourceFromBytes(new Uint8Array(values.buffer));
 * await runRanks(2, async (communicator) => {
 *   const first = communicator.rank === 0;
 *   const parts = {
 *     counts: source(Uint32Array.of(1)), // one row with one active latent
 *     indices: source(Uint32Array.of(first ? 1 : 2)),
 *     values: source(Float32Array.of(first ? 2 : 3)),
 *   };
 *   await writeCodesInTurn(path, { latentCount: 3, parts }, communicator);
 * });
 * const codes = codesFromDense(2, 3, new Float32Array([0, 2, 0, 0, 0, 3]));
 * assertEquals(new Uint8Array(await readFile(path)), writeCodes(codes));
 * ```
 */
export async function writeCodesInTurn(
  path: string,
  share: CodesShare,
  communicator: Communicator,
): Promise<void> {
  const task = `write ${path}`;
  const facts = await attempt(() => factsOf(share, task));
  const all = await agree(communicator, facts, task, failureReason);
  const { sizes, whole, origin } = join(all, task);
  const head = codesHead(whole, origin);
  const temporary = temporaryName(path, await commonMark(communicator));
  const inTurn = async (rank: number, act: () => Promise<void>) => {
    const acted = await attempt(() => rank === communicator.rank ? act() : undefined);
    await agree(communicator, acted, task, failureReason);
  };
  try {
    let rows = 0;
    let entries = 0;
    for (const [rank, size] of sizes.entries()) {
      const pieces = piecesOf(share.parts, { whole, begin: head.length, rows, entries });
      if (rank === 0 || size.rows > 0) {
        const wide = whole.entries >= WIDE_OFFSETS;
        if (rank === 0) pieces.unshift([0, [head, new Uint8Array(wide ? 8 : 4)]]);
        await inTurn(rank, () => writePieces(temporary, pieces, rank === 0));
      }
      rows += size.rows;
      entries += size.entries;
    }
    const byteLength = codesArrays(whole).reduce(
      (sum, { length, bytes }) => sum + length * bytes,
      head.length,
    );
    await inTurn(0, () => DISK.publish(temporary, path, byteLength));
  } catch (error) {
    if (communicator.rank === 0) await DISK.remove(temporary).catch(() => {});
    throw error;
  }
}

interface Facts extends CodesSize {
  readonly origin: CodesOrigin;
}

function factsOf(share: CodesShare, task: string): Facts {
  checkObject(share, "the share", task);
  const { latentCount, parts, origin = {} } = share;
  const { counts, indices, values, units } = parts;
  if (indices.size !== values.size) {
    throw new RangeError(
      `Cannot ${task}: indices and values must have equal sizes but have ${indices.size} and ${values.size} bytes`,
    );
  }
  const [rows, entries] = [counts.size / 4, values.size / 4];
  return { latentCount, rows, entries, normalized: units !== undefined, origin };
}

/** Returns the size of the whole file. */
function join(
  all: readonly Facts[],
  task: string,
): { sizes: readonly CodesSize[]; whole: CodesSize; origin: CodesOrigin } {
  const [{ latentCount, origin }] = all;
  const withRows = all.findIndex(({ rows }) => rows > 0);
  const { normalized } = all[Math.max(0, withRows)];
  for (const [rank, facts] of all.entries()) {
    if (facts.latentCount !== latentCount) {
      throw new RangeError(
        `Cannot ${task}: latentCount is ${latentCount} on rank 0 but ${facts.latentCount} on rank ${rank}`,
      );
    }
    if (facts.rows > 0 && facts.normalized !== normalized) {
      const has = (yes: boolean) => yes ? "has" : "lacks";
      throw new RangeError(
        `Cannot ${task}: rank ${withRows} ${
          has(normalized)
        } the units of its rows but rank ${rank} ` +
          `${has(facts.normalized)} them`,
      );
    }
  }
  const rows = all.reduce((sum, facts) => sum + facts.rows, 0);
  const entries = all.reduce((sum, facts) => sum + facts.entries, 0);
  return { sizes: all, whole: { latentCount, rows, entries, normalized }, origin };
}

/**
 * Returns what a rank writes whose rows and entries come after `rows` and `entries` of others, if the first array begins
 * at byte `begin`.
 */
function piecesOf(
  { counts, indices, values, units: [scale, shift] = [counts, counts] }: CodesParts,
  { whole, begin, rows, entries }: {
    whole: CodesSize;
    begin: number;
    rows: number;
    entries: number;
  },
): Piece[] {
  const wide = whole.entries >= WIDE_OFFSETS;
  const content: Record<CodesArray, [place: number, chunks: AsyncIterable<Uint8Array>]> = {
    rowOffsets: [rows + 1, offsetChunks(counts, wide, entries)],
    indices: [entries, partChunks(indices)],
    values: [entries, partChunks(values)],
    rowScale: [rows, partChunks(scale)],
    rowShift: [rows, partChunks(shift)],
  };
  return codesArrays(whole).map(({ name, length, bytes }) => {
    const [place, chunks] = content[name];
    const offset = begin + place * bytes;
    begin += length * bytes;
    return [offset, chunks] as const;
  });
}

async function writePieces(
  path: string,
  pieces: readonly Piece[],
  create: boolean,
): Promise<void> {
  const file = await open(path, create ? "wx" : "r+");
  try {
    for (const [offset, chunks] of pieces) {
      let at = offset;
      for await (const chunk of chunks) {
        await writeAll(file, chunk, at);
        at += chunk.length;
      }
    }
    await file.sync();
  } finally {
    // Network file systems report some failures only here.
    await file.close();
  }
}
