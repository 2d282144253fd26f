/** Files of codes that ranks write together: the bytes of one process, or nothing. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  type ByteSource,
  codesFromDense,
  type CodesParts,
  evenShare,
  Random,
  runRanks,
  sourceFromBytes,
  type SparseCodes,
  writeCodes,
} from "../../../mod.ts";
import { writeCodesInTurn } from "../../../src/distributed/files/codes_in_turn.ts";
import { inFolder, names } from "./failing_disk.ts";

const N = 11;

/** Codes of 23 rows; some rows have no active latent. */
function someCodes(normalized: boolean): SparseCodes {
  const random = Random.fromSeed(5);
  const dense = Float32Array.from({ length: 23 * N }, (_, i) => {
    const active = random.uniform() < 0.3 && Math.floor(i / N) % 7 !== 2;
    return active ? random.uniform() + 1 : 0;
  });
  const codes = codesFromDense(23, N, dense);
  const units = () => Float32Array.from({ length: 23 }, () => random.normal());
  return normalized ? { ...codes, rowUnits: { scale: units(), shift: units() } } : codes;
}

function source({ buffer, byteOffset, byteLength }: Uint32Array | Float32Array): ByteSource {
  return sourceFromBytes(new Uint8Array(buffer.slice(byteOffset, byteOffset + byteLength)), "part");
}

/** The parts of the rows of one rank, as temporary files would hold them. */
function partsOf(codes: SparseCodes, from: number, to: number): CodesParts {
  const { rowOffsets, indices, values, rowUnits } = codes;
  const [first, end] = [rowOffsets[from], rowOffsets[to]];
  const counts = Uint32Array.from({ length: to - from }, (_, b) => {
    return rowOffsets[from + b + 1] - rowOffsets[from + b];
  });
  return {
    counts: source(counts),
    indices: source(indices.slice(first, end)),
    values: source(values.slice(first, end)),
    ...(rowUnits && to > from && {
      units: [source(rowUnits.scale.slice(from, to)), source(rowUnits.shift.slice(from, to))],
    }),
  };
}

for (const normalized of [false, true]) {
  Deno.test(`any number of ranks writes the file of one${normalized ? ", normalised" : ""}`, () =>
    inFolder(async (folder) => {
      const path = `${folder}/codes.safetensors`;
      const codes = someCodes(normalized);
      const origin = { autoencoder: "0123", createdBy: "a test" };
      // Of 30 ranks, 7 have no rows.
      for (const size of [1, 2, 3, 5, 30]) {
        await runRanks(size, async (communicator) => {
          const { from, to } = evenShare(codes.rows, size, communicator.rank);
          const parts = partsOf(codes, from, to);
          await writeCodesInTurn(path, { latentCount: N, parts, origin }, communicator);
        });
        assertEquals(await Deno.readFile(path), writeCodes(codes, origin), `${size} ranks`);
        assertEquals(names(folder), ["codes.safetensors"]);
      }
    }));
}

Deno.test("shares are written wherever their rows lie, also if the first ranks have none", () =>
  inFolder(async (folder) => {
    const path = `${folder}/codes.safetensors`;
    for (const normalized of [false, true]) {
      const codes = someCodes(normalized);
      const ends = [0, 0, 9, 9, 23, 23];
      await runRanks(5, async (communicator) => {
        const { rank } = communicator;
        const parts = partsOf(codes, ends[rank], ends[rank + 1]);
        await writeCodesInTurn(path, { latentCount: N, parts }, communicator);
      });
      assertEquals(await Deno.readFile(path), writeCodes(codes));
    }
    await runRanks(2, async (communicator) => {
      const parts = partsOf(someCodes(false), 0, 0);
      await writeCodesInTurn(path, { latentCount: N, parts }, communicator);
    });
    assertEquals(await Deno.readFile(path), writeCodes(codesFromDense(0, N, new Float32Array(0))));
  }));

Deno.test("a rank that cannot read its part ends all, and the old file stays", () =>
  inFolder(async (folder) => {
    const path = `${folder}/codes.safetensors`;
    await Deno.writeTextFile(path, "the old file");
    const codes = someCodes(false);
    for (const failing of [0, 1, 2]) {
      const messages = await runRanks(3, async (communicator) => {
        const { from, to } = evenShare(codes.rows, 3, communicator.rank);
        const parts = partsOf(codes, from, to);
        const read = () => Promise.reject(new Error("the disk is gone"));
        const values = communicator.rank === failing ? { ...parts.values, read } : parts.values;
        const share = { latentCount: N, parts: { ...parts, values } };
        return await writeCodesInTurn(path, share, communicator)
          .then(() => "", (error: Error) => error.message);
      });
      const wanted = `Cannot write ${path}: rank ${failing}: the disk is gone`;
      assertEquals(messages, [wanted, wanted, wanted]);
      assertEquals(names(folder), ["codes.safetensors"]);
      assertEquals(await Deno.readTextFile(path), "the old file");
    }
  }));

Deno.test("shares that do not fit together are refused", () =>
  inFolder(async (folder) => {
    const path = `${folder}/codes.safetensors`;
    const write = (change: (rank: number) => { latentCount?: number; parts?: CodesParts }) =>
      runRanks(2, async (communicator) => {
        const { rank } = communicator;
        const parts = partsOf(someCodes(false), 10 * rank, 10 * rank + 10);
        const share = { latentCount: N, parts, ...change(rank) };
        await writeCodesInTurn(path, share, communicator);
      });
    await assertRejects(
      () => write((rank) => ({ latentCount: N + rank })),
      RangeError,
      `Cannot write ${path}: latentCount is 11 on rank 0 but 12 on rank 1`,
    );
    await assertRejects(
      () => write((rank) => rank ? { parts: partsOf(someCodes(true), 10, 20) } : {}),
      RangeError,
      "rank 0 lacks the units of its rows but rank 1 has them",
    );
    const parts = partsOf(someCodes(false), 0, 10);
    const short = { ...parts, values: source(new Float32Array(1)) };
    const error = await assertRejects(() => write((rank) => rank ? { parts: short } : {}), Error);
    assertMatch(
      error.message,
      /rank 1: indices and values must have equal sizes but have \d+ and 4/,
    );
    assertEquals(names(folder), []);
  }));
