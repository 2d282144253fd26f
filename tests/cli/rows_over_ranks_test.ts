/** encode and eval on ranks inside one process: one file and one result, whatever the number of ranks. */
import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { encode } from "../../cli/commands/encode.ts";
import { ActivationFiles } from "../../cli/files/activation_files.ts";
import { Ranks } from "../../cli/ranks/ranks.ts";
import { evaluateFiles } from "../../cli/sae/evaluation.ts";
import { scoped } from "../../cli/terminal/scope.ts";
import { type Activation, createBackend, encodeSafetensors, runRanks } from "../../mod.ts";
import { inFolder, names, toyRows, writeNpy } from "./run_cli.ts";
import { jumprelu, someSae, writeSae } from "./sae_samples.ts";

/** Runs a body without what it prints, and returns its result. */
async function quietly<Result>(body: () => Promise<Result>): Promise<Result> {
  const { log, error } = console;
  console.log = console.error = () => {};
  try {
    return await body();
  } finally {
    Object.assign(console, { log, error });
  }
}

/** Encodes on ranks, and returns the exit codes of all. */
function encodeOverRanks(size: number, [sae, ...data]: string[], out: string, batch: number) {
  const args = { out, force: true, json: false, batch, backend: "wasm" };
  return quietly(() =>
    runRanks(size, async (communicator) => {
      const ranks = new Ranks(communicator);
      return await scoped((scope) => encode(sae, data, args, { ranks, scope }));
    })
  );
}

const ACTIVATIONS: Activation[] = [jumprelu, { kind: "batchtopk", k: 3 }];
for (const activation of ACTIVATIONS) {
  Deno.test(`encode writes the bytes of one process on any number of ranks, ${activation.kind}`, () =>
    inFolder(async (folder) => {
      const sae = await writeSae(`${folder}/sae.safetensors`, someSae(activation));
      const a = await writeNpy(`${folder}/a.npy`, 50, 1);
      const b = await writeNpy(`${folder}/b.npy`, 31, 2);
      const out = `${folder}/codes.safetensors`;
      const args = { out, force: true, json: false, batch: 8, backend: "wasm" };
      const ranks = new Ranks();
      await quietly(() => scoped((scope) => encode(sae, [a, b], args, { ranks, scope })));
      const alone = await Deno.readFile(out);
      // Of 14 ranks, 3 have no batch.
      for (const size of [1, 2, 3, 5, 14]) {
        const codes = await encodeOverRanks(size, [sae, a, b], out, 8);
        assertEquals(codes, Array.from({ length: size }, () => 0));
        assertEquals(await Deno.readFile(out), alone, `${size} ranks`);
      }
      const left = ["a.npy", "b.npy", "codes.safetensors", "sae.safetensors"];
      assertEquals(names(folder), left);
    }));
}

Deno.test("encode ends on all ranks if one cannot use its rows, names the row, and leaves nothing", () =>
  inFolder(async (folder) => {
    const sae = await writeSae(`${folder}/sae.safetensors`, someSae(jumprelu));
    const a = await writeNpy(`${folder}/a.npy`, 50, 1);
    // Row 20 holds NaN; rows that overflow are found by the encoder, not by the reader.
    for (
      const [value, message] of [[NaN, "row 20 must be"], [3e38, "of row 20 of .*bad"]] as const
    ) {
      const bad = { shape: [31, 20], data: toyRows(31, 2).fill(value, 400, 420) };
      await Deno.writeFile(`${folder}/bad.safetensors`, encodeSafetensors({ bad }));
      const before = names(folder);
      const out = `${folder}/codes.safetensors`;
      const error = await assertRejects(
        () => encodeOverRanks(3, [sae, a, `${folder}/bad.safetensors`], out, 8),
        Error,
      );
      assertMatch(error.message, new RegExp(`^Rank 2 of 3: Cannot .*${message}`));
      assertEquals(names(folder), before);
    }
  }));

Deno.test("encode removes what a killed process has left, and nothing else", () =>
  inFolder(async (folder) => {
    const sae = await writeSae(`${folder}/sae.safetensors`, someSae(jumprelu));
    const a = await writeNpy(`${folder}/a.npy`, 50, 1);
    const kept = ["other.safetensors.0123abcd.values.tmp", "codes.safetensors.old.tmp"];
    const left = ["values", "counts", "shift"].map((name) =>
      `codes.safetensors.0123abcd.${name}.tmp`
    );
    for (const name of [...kept, ...left, "codes.safetensors.0123abcd.tmp"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "half");
    }
    await encodeOverRanks(2, [sae, a], `${folder}/codes.safetensors`, 8);
    assertEquals(names(folder), ["a.npy", "codes.safetensors", ...kept, "sae.safetensors"].sort());
  }));

Deno.test("eval has the result of one process on any number of ranks, on every one of them", () =>
  inFolder(async (folder) => {
    const paths = [
      await writeNpy(`${folder}/a.npy`, 50, 1),
      await writeNpy(`${folder}/b.npy`, 31, 2),
    ];
    for (const sae of ACTIVATIONS.map((activation) => someSae(activation))) {
      const evaluate = async (ranks?: Ranks) => {
        await using files = await ActivationFiles.open(paths);
        using backend = await createBackend("wasm");
        const batches = { rows: { from: 3, to: 80 }, batchRows: 8, prefixes: [6, 24] };
        return await evaluateFiles(backend, sae, files, batches, ranks);
      };
      const alone = await quietly(() => evaluate());
      for (const size of [1, 2, 3, 5, 14]) {
        const all = await quietly(() => runRanks(size, (each) => evaluate(new Ranks(each))));
        assertEquals(all, Array.from({ length: size }, () => alone));
      }
    }
  }));

Deno.test("eval ends on all ranks if one cannot use a row, and names it by its file", () =>
  inFolder(async (folder) => {
    const sae = someSae({ kind: "topk", k: 3 }, { inputNormalization: { kind: "rowNorm" } });
    const write = async (name: string, rows: number, empty?: number) => {
      const data = new Float32Array(rows * 20).fill(1);
      data[0] = 2;
      if (empty !== undefined) data.fill(0, empty * 20, empty * 20 + 20);
      const x = { shape: [rows, 20], data };
      await Deno.writeFile(`${folder}/${name}`, encodeSafetensors({ x }));
      return `${folder}/${name}`;
    };
    const a = await write("a.safetensors", 50);
    for (const [row, rank] of [[21, 2], [3, 0], [12, 1]]) {
      const b = await write("b.safetensors", 31, row);
      const error = await assertRejects(
        () =>
          quietly(() =>
            runRanks(3, async (communicator) => {
              await using files = await ActivationFiles.open([a, b]);
              using backend = await createBackend("wasm");
              const batches = { rows: { from: 3, to: 81 }, batchRows: 8, prefixes: [24] };
              await evaluateFiles(backend, sae, files, batches, new Ranks(communicator));
            })
          ),
        Error,
      );
      assertEquals(
        error.message,
        `Rank ${rank} of 3: Cannot evaluate the autoencoder: row ${row} of ${b} cannot be normalised ("rowNorm"), its norm is 0`,
      );
    }
  }));

Deno.test("encode refuses ranks with other options or other data before any work", () =>
  inFolder(async (folder) => {
    const sae = await writeSae(`${folder}/sae.safetensors`, someSae(jumprelu));
    const other = await writeSae(`${folder}/other.safetensors`, someSae({ kind: "relu" }));
    const a = await writeNpy(`${folder}/a.npy`, 50, 1);
    const b = await writeNpy(`${folder}/b.npy`, 31, 2);
    const before = names(folder);
    const out = `${folder}/codes.safetensors`;
    const same = { sae, data: a, batch: 8 };
    const cases: [typeof same, string][] = [
      [{ ...same, batch: 9 }, "--batch must be the same on all ranks but is 8 on rank 0 and 9 on"],
      [{ ...same, data: b }, "the number of rows must be the same on all ranks but is 50 on rank"],
      [{ ...same, sae: other }, "the fingerprint of the autoencoder must be the same on all ranks"],
    ];
    for (const [odd, message] of cases) {
      await assertRejects(
        () =>
          quietly(() =>
            runRanks(3, async (communicator) => {
              const { sae, data, batch } = communicator.rank === 1 ? odd : same;
              const args = { out, force: false, json: false, batch, backend: "wasm" };
              const ranks = new Ranks(communicator);
              await scoped((scope) => encode(sae, [data], args, { ranks, scope }));
            })
          ),
        Error,
        `Cannot encode: ${message}`,
      );
      assertEquals(names(folder), before);
    }
  }));
