import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import {
  codesFromDense,
  createBackend,
  encodeSafetensors,
  readCodes,
  readCodesHeader,
  type Sae,
  saeFingerprint,
  saveSae,
  SparseAutoencoder,
} from "../../mod.ts";
import { openFile } from "../../src/io/sources/files.ts";
import { relativeError } from "../golden/golden.ts";
import { INTEROP_NAMES, interopExpected } from "../io/formats/golden_files.ts";
import {
  inFolder,
  names,
  runCli,
  spawnCli,
  toyRows,
  writeNpy,
  writeSafetensors,
} from "./run_cli.ts";
import { runHere } from "./run_here.ts";
import { INTEROP, jumprelu, someSae, writeSae } from "./sae_samples.ts";

const REFERENCE = ["--backend", "reference"];

/** The codes of a file, whole. */
async function codesOf(path: string) {
  await using file = await openFile(path);
  return { codes: await readCodes(file), header: await readCodesHeader(file) };
}

for (const name of INTEROP_NAMES) {
  Deno.test(`encode gives the same activations as the library of ${name}`, () =>
    inFolder(async (folder) => {
      const { x, rows, inputSize, latentCount, activations } = await interopExpected(name);
      const data = { shape: [rows, inputSize], data: Float32Array.from(x) };
      await Deno.writeFile(`${folder}/x.safetensors`, encodeSafetensors({ x: data }));
      const out = `${folder}/codes.safetensors`;
      const args = [
        "encode",
        INTEROP + name,
        `${folder}/x.safetensors`,
        "--out",
        out,
        "--batch",
        "3",
      ];
      const { code, stderr } = await runHere([...args, ...REFERENCE]);
      assertEquals(code, 0, stderr);
      const { codes } = await codesOf(out);
      const expected = codesFromDense(rows, latentCount, Float32Array.from(activations));
      assertEquals([...codes.rowOffsets], [...expected.rowOffsets]);
      assertEquals([...codes.indices], [...expected.indices]);
      // As the formats' own tests ask of float32.
      assertLess(relativeError(codes.values, [...expected.values]), 1e-5);
      assertEquals(names(folder), ["codes.safetensors", "x.safetensors"]);
    }));
}

Deno.test("encode gives the same codes for any batch size, division into files and range of rows", () =>
  inFolder(async (folder) => {
    const sae = someSae(jumprelu);
    const path = await writeSae(`${folder}/sae.safetensors`, sae);
    const a = await writeNpy(`${folder}/a.npy`, 50, 1),
      b = await writeNpy(`${folder}/b.npy`, 31, 2);
    using backend = await createBackend("reference");
    using model = SparseAutoencoder.fromSae(backend, sae);
    const expected = await model.encode(new Float32Array([...toyRows(50, 1), ...toyRows(31, 2)]));
    for (const batch of ["1", "7", "1024"]) {
      const out = `${folder}/${batch}.safetensors`;
      const args = ["encode", path, a, b, "--out", out, "--batch", batch, "--json", ...REFERENCE];
      const { code, stdout, stderr } = await runHere(args);
      assertEquals(code, 0, stderr);
      const { codes, header } = await codesOf(out);
      assertEquals(codes, expected);
      const entries = expected.values.length, autoencoder = await saeFingerprint(sae);
      assertEquals(JSON.parse(stdout), {
        ...{ out, rows: 81, latentCount: 24, entries, l0: entries / 81, autoencoder },
      });
      assertEquals([header.autoencoder, header.createdBy?.split(" ")[0]], [
        autoencoder,
        "@matryoshka/sae",
      ]);
    }
    const some = `${folder}/some.safetensors`;
    await runHere(["encode", path, a, b, "--out", some, "--rows", "45:60", ...REFERENCE]);
    await using whole = await openFile(`${folder}/7.safetensors`);
    assertEquals((await codesOf(some)).codes, await readCodes(whole, { from: 45, to: 60 }));
  }));

Deno.test("encode keeps the units of normalised rows, so that the codes can be decoded", () =>
  inFolder(async (folder) => {
    const inputNormalization = { kind: "layerNorm", epsilon: 1e-5 } as const;
    const sae: Sae = someSae({ kind: "topk", k: 3 }, { inputNormalization });
    await Deno.mkdir(`${folder}/sae`);
    for (const [name, bytes] of Object.entries(saveSae(sae, "saelens"))) {
      await Deno.writeFile(`${folder}/sae/${name}`, bytes);
    }
    const data = await writeNpy(`${folder}/a.npy`, 20, 1), out = `${folder}/codes.safetensors`;
    const args = ["encode", `${folder}/sae`, data, "--out", out, "--batch", "8", ...REFERENCE];
    const { code, stderr } = await runHere(args);
    assertEquals(code, 0, stderr);
    using backend = await createBackend("reference");
    using model = SparseAutoencoder.fromSae(backend, sae);
    const { codes } = await codesOf(out);
    assert(codes.rowUnits);
    assertEquals(await model.decode(codes), await model.reconstruct(toyRows(20, 1)));
  }));

Deno.test("encode, eval and inspect say that batchtopk depends on the batch", () =>
  inFolder(async (folder) => {
    const sae = await writeSae(`${folder}/sae.safetensors`, someSae({ kind: "batchtopk", k: 2 }));
    const data = await writeSafetensors(`${folder}/a.safetensors`, 20, 1);
    const args = ["encode", sae, data, "--out", `${folder}/codes.safetensors`, "--batch", "10"];
    const { code, stderr } = await runHere([...args, ...REFERENCE]);
    assertEquals(code, 0);
    assertStringIncludes(stderr, "Note: batchtopk selects within each batch of 10 rows");
    assertEquals((await codesOf(`${folder}/codes.safetensors`)).codes.values.length, 40);
    for (const other of [["eval", sae, data], ["inspect", sae, "--activations", data]]) {
      const { stderr } = await runHere([...other, "--batch", "10", ...REFERENCE]);
      assertStringIncludes(stderr, "Note: batchtopk selects within each batch of 10 rows");
    }
  }));

Deno.test("encode, eval and inspect name the row of the file that cannot be used", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/sae`);
    const sae = someSae({ kind: "topk", k: 3 }, { inputNormalization: { kind: "rowNorm" } });
    for (const [name, bytes] of Object.entries(saveSae(sae, "saelens"))) {
      await Deno.writeFile(`${folder}/sae/${name}`, bytes);
    }
    const write = async (name: string, rows: number, empty: number) => {
      const data = new Float32Array(rows * 20).fill(1).fill(0, empty * 20, (empty + 1) * 20);
      data[0] = 2;
      const x = { shape: [rows, 20], data };
      await Deno.writeFile(`${folder}/${name}`, encodeSafetensors({ x }));
      return `${folder}/${name}`;
    };
    const a = await write("a.safetensors", 30, 3), b = await write("b.safetensors", 40, 21);
    const out = `${folder}/codes.safetensors`;
    const commands: [string, string[]][] = [
      ["encode", ["encode", `${folder}/sae`, a, b, "--out", out]],
      ["evaluate the autoencoder", ["eval", `${folder}/sae`, a, b]],
      ["encode", ["inspect", `${folder}/sae`, "--activations", a, b]],
    ];
    for (const [task, args] of commands) {
      for (const [rows, batch, row] of [[":", "8", `3 of ${a}`], ["5:", "8", `21 of ${b}`]]) {
        const more = ["--rows", rows, "--batch", batch, ...REFERENCE];
        const { code, stderr } = await runHere([...args, ...more]);
        assertEquals(code, 1, stderr);
        assertStringIncludes(
          stderr,
          `Cannot ${task}: row ${row} cannot be normalised ("rowNorm"), its norm is 0`,
        );
      }
    }
    assertEquals(names(folder), ["a.safetensors", "b.safetensors", "sae"]);
    // What is finite, and overflows on the way, has a name as well.
    const large = await writeSae(`${folder}/large.safetensors`, someSae({ kind: "relu" }));
    const data = new Float32Array(12 * 20).fill(3e38, 200, 220);
    await Deno.writeFile(
      `${folder}/c.safetensors`,
      encodeSafetensors({ x: { shape: [12, 20], data } }),
    );
    const args = ["encode", large, a, `${folder}/c.safetensors`, "--out", out, "--batch", "7"];
    const { stderr } = await runHere([...args, ...REFERENCE]);
    assertMatch(stderr, /^Cannot encode: latent \d+ of row 10 of .*c\.safetensors is Infinity$/m);
  }));

Deno.test("encode rejects input that does not fit, and leaves nothing behind", () =>
  inFolder(async (folder) => {
    const sae = await writeSae(`${folder}/sae.safetensors`, someSae(jumprelu));
    const narrow = { shape: [3, 8], data: new Float32Array(24) };
    await Deno.writeFile(`${folder}/narrow.safetensors`, encodeSafetensors({ narrow }));
    const bad = { shape: [60, 20], data: toyRows(60, 1).fill(NaN, 1000, 1001) };
    await Deno.writeFile(`${folder}/nan.safetensors`, encodeSafetensors({ bad }));
    const cut = await writeSafetensors(`${folder}/cut.safetensors`, 300, 1);
    await Deno.truncate(cut, 5000);
    const out = `${folder}/codes.safetensors`;
    const cases: [string[], number, string][] = [
      [[sae, `${folder}/narrow.safetensors`], 1, "inputSize is 20 but"],
      [[sae, `${folder}/narrow.safetensors`], 1, "has rows of 8"],
      // Some batches were encoded by then.
      [
        [sae, `${folder}/nan.safetensors`, "--batch", "16"],
        1,
        "row 50 must be finite but holds NaN",
      ],
      [[sae, cut], 1, "cut.safetensors: "],
      [[sae, `${folder}/none.npy`], 1, "Cannot open "],
      [[`${folder}/none`, cut], 1, "Cannot open "],
      [[sae, sae], 1, "Cannot choose the activations"],
      [[sae, `${folder}/narrow.safetensors`, "--rows", "3:"], 1, "inputSize is 20"],
    ];
    const before = names(folder);
    for (const [args, wanted, message] of cases) {
      const result = await runHere(["encode", ...args, "--out", out, ...REFERENCE]);
      assertEquals([result.code, result.stdout], [wanted, ""], result.stderr);
      assertStringIncludes(result.stderr, message);
      assertEquals(names(folder), before);
    }
    await Deno.writeTextFile(out, "precious");
    const data = await writeNpy(`${folder}/a.npy`, 20, 1);
    const args = ["encode", sae, data, "--out", out, ...REFERENCE];
    assertStringIncludes((await runHere(args)).stderr, "it exists already; --force replaces it");
    assertEquals(await Deno.readTextFile(out), "precious");
    assertEquals((await runHere([...args, "--force"])).code, 0);
    const device = await runHere([
      "encode",
      sae,
      data,
      "--out",
      "/dev/full",
      "--force",
      ...REFERENCE,
    ]);
    assertStringIncludes(
      device.stderr,
      "Cannot write /dev/full: it exists and is not a regular file",
    );
  }));

Deno.test(
  "encode leaves nothing behind when the disk is full, the folder closed or it is stopped",
  {
    ignore: Deno.build.os === "windows",
  },
  () =>
    inFolder(async (folder) => {
      const sae = await writeSae(`${folder}/sae.safetensors`, someSae({ kind: "topk", k: 12 }));
      const data = await writeNpy(`${folder}/a.npy`, 2000, 1);
      const before = names(folder);
      const args = ["encode", sae, data, "--out", `${folder}/codes.safetensors`, ...REFERENCE];
      // The parts, of up to 96,000 bytes, do not fit; then they do, but not the 200,000 bytes of the file.
      for (const fileBlocks of [40, 100]) {
        const { code, stderr } = await runCli(args, { fileBlocks });
        assertEquals(code, 1, stderr);
        assertMatch(stderr, /^Cannot write .*codes\.safetensors: File too large/m);
        assertEquals(names(folder), before);
      }
      const closed = await runCli(args, { denied: folder });
      assertEquals(closed.code, 1);
      assertStringIncludes(closed.stderr, `Cannot write ${folder}/codes.safetensors: `);

      const long = await writeNpy(`${folder}/long.npy`, 200_000, 1);
      const child = spawnCli([...args.slice(0, 2), long, ...args.slice(3), "--batch", "8"]);
      while (!names(folder).some((name) => name.includes(".values."))) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      child.kill("SIGTERM");
      const { code, stderr } = await child.output();
      assertEquals(code, 130);
      assertMatch(
        new TextDecoder().decode(stderr),
        /Interrupted after \d+ of 200000 rows: nothing/,
      );
      assertEquals(names(folder), [...before, "long.npy"].sort());
    }),
);
