import { assertEquals, assertRejects } from "@std/assert";
import {
  failureReason,
  isMissing,
  openFile,
  removeTemporaryFiles,
  writeFileAtomically,
} from "../../../src/io/sources/files.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string): string[] => [...Deno.readDirSync(folder)].map((e) => e.name).sort();

Deno.test("openFile() reads at any position, also concurrently", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.bin`;
    await Deno.writeFile(path, Uint8Array.from({ length: 100_000 }, (_, i) => i % 251));
    await using file = await openFile(path);
    assertEquals([file.name, file.size], [path, 100_000]);
    const reads = await Promise.all(
      Array.from({ length: 50 }, (_, k) => file.read(k * 1999, 2000)),
    );
    reads.forEach((bytes, k) => {
      assertEquals([bytes.length, bytes[0], bytes[1999]], [
        2000,
        (k * 1999) % 251,
        (k * 1999 + 1999) % 251,
      ]);
    });
  }));

Deno.test("openFile() can read after a refused range", () =>
  inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.bin`, new Uint8Array([1, 2, 3]));
    await using file = await openFile(`${folder}/a.bin`);
    await assertRejects(() => file.read(1, 3), RangeError, "a.bin: it has 3 bytes");
    assertEquals([...await file.read(1, 2)], [2, 3]);
  }));

Deno.test("openFile() names a file that was cut off while open", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.bin`;
    await Deno.writeFile(path, new Uint8Array(10));
    await using file = await openFile(path);
    await Deno.truncate(path, 4);
    await assertRejects(
      () => file.read(2, 8),
      RangeError,
      `Cannot read bytes 2 to 10 of ${path}: 8 bytes were asked for but 2 came`,
    );
  }));

Deno.test("openFile() names a range of a sparse file that exceeds memory", () =>
  inFolder(async (folder) => {
    const path = `${folder}/holes.bin`;
    const size = 2 ** 40;
    await Deno.writeFile(path, new Uint8Array([7]));
    await Deno.truncate(path, size);
    await using file = await openFile(path);
    await assertRejects(
      () => file.read(0, size),
      Error,
      `Cannot read bytes 0 to ${size} of ${path}: `,
    );
    assertEquals([...await file.read(0, 1)], [7]);
  }));

Deno.test("openFile() names a missing file and a folder", () =>
  inFolder(async (folder) => {
    const missing = `${folder}/missing.bin`;
    await assertRejects(() => openFile(missing), Error, `Cannot open ${missing}: no such file`);
    await assertRejects(() => openFile(folder), Error, `Cannot open ${folder}: `);
  }));

Deno.test("a closed file cannot be read and may be closed again", () =>
  inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/a.bin`, new Uint8Array(4));
    const file = await openFile(`${folder}/a.bin`);
    const last = file.read(0, 4);
    await file.close();
    assertEquals((await last).length, 4);
    await file.close();
    await assertRejects(() => file.read(0, 4), TypeError, "a.bin: it is closed");
  }));

Deno.test("writeFileAtomically() creates and replaces files and leaves no others", () =>
  inFolder(async (folder) => {
    const path = `${folder}/out.bin`;
    await writeFileAtomically(path, new Uint8Array([1, 2, 3]));
    assertEquals([...await Deno.readFile(path)], [1, 2, 3]);
    await writeFileAtomically(
      path,
      async function* () {
        yield new Uint8Array([4]);
        // The old content stays visible until all is written.
        assertEquals([...await Deno.readFile(path)], [1, 2, 3]);
        yield new Uint8Array(0);
        yield new Uint8Array([5, 6]);
      }(),
    );
    assertEquals([...await Deno.readFile(path)], [4, 5, 6]);
    assertEquals(names(folder), ["out.bin"]);
  }));

Deno.test("writeFileAtomically() leaves the old file unchanged if its chunks fail", () =>
  inFolder(async (folder) => {
    const path = `${folder}/out.bin`;
    await Deno.writeFile(path, new Uint8Array([7]));
    const cause = new RangeError("step 3 is not finite");
    async function* failing() {
      yield new Uint8Array(1000);
      await Promise.resolve();
      throw cause;
    }
    const error = await assertRejects(
      () => writeFileAtomically(path, failing()),
      Error,
      `Cannot write ${path}: step 3 is not finite`,
    );
    assertEquals(error.cause === cause, true);
    assertEquals([...await Deno.readFile(path)], [7]);
    assertEquals(names(folder), ["out.bin"]);
  }));

Deno.test("writeFileAtomically() refuses a chunk that is not a Uint8Array", () =>
  inFolder(async (folder) => {
    const chunks = [new Uint8Array(2), "text"] as unknown as Uint8Array[];
    await assertRejects(
      () => writeFileAtomically(`${folder}/out.bin`, chunks),
      Error,
      "a chunk must be a Uint8Array but is string",
    );
    assertEquals(names(folder), []);
  }));

Deno.test("writeFileAtomically() says that the folder is missing", () =>
  inFolder(async (folder) => {
    const path = `${folder}/no/out.bin`;
    await assertRejects(
      () => writeFileAtomically(path, new Uint8Array(1)),
      Error,
      `Cannot write ${path}: no such file or directory`,
    );
    assertEquals(names(folder), []);
  }));

Deno.test("writeFileAtomically() removes its temporary file if the rename fails", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/out.bin/inside`, { recursive: true });
    await assertRejects(
      () => writeFileAtomically(`${folder}/out.bin`, new Uint8Array(1)),
      Error,
      `Cannot write ${folder}/out.bin: `,
    );
    assertEquals(names(folder), ["out.bin"]);
  }));

Deno.test("mod.ts does not reach files.ts, which is an entry of its own", async () => {
  const root = new URL("../../../", import.meta.url);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "mod.ts"],
    cwd: root,
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  const reached = modules.map(({ specifier }: { specifier: string }) => specifier);
  assertEquals(reached.includes(new URL("src/io/sources/bytes.ts", root).href), true);
  assertEquals(reached.includes(new URL("src/io/sources/files.ts", root).href), false);
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  assertEquals(exports["./files"], "./entries/files.ts");
});

Deno.test("removeTemporaryFiles() removes the files that a killed writer left, and no others", () =>
  inFolder(async (folder) => {
    const kept = [
      "a.safetensors",
      "a.tmp",
      "a.0123456.tmp",
      "a.0123456g.tmp",
      "a.01234567.tmp.bin",
    ];
    const left = ["a.safetensors.01234567.tmp", "run.json.89abcdef.tmp"];
    for (const name of [...kept, ...left]) await Deno.writeTextFile(`${folder}/${name}`, "");
    await Deno.mkdir(`${folder}/b.01234567.tmp`);
    assertEquals(await removeTemporaryFiles(folder), left);
    assertEquals(names(folder), [...kept, "b.01234567.tmp"].sort());
    assertEquals(await removeTemporaryFiles(`${folder}/no`), []);
    await assertRejects(
      () => removeTemporaryFiles(`${folder}/a.tmp`),
      Error,
      `Cannot clean up ${folder}/a.tmp: `,
    );
  }));

Deno.test("writeFileAtomically() flushes the current folder for a bare file name", () =>
  inFolder(async (folder) => {
    const files = new URL("../../../src/io/sources/files.ts", import.meta.url);
    const script = `import { writeFileAtomically } from ${JSON.stringify(files.href)};
      await writeFileAtomically("a.bin", new Uint8Array(1));`;
    await Deno.writeTextFile(`${folder}/write.ts`, script);
    const { success } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-lock", "-R", "-W", "write.ts"],
      cwd: folder,
      env: { DENO_AUDIT_PERMISSIONS: `${folder}/audit` },
    }).output();
    const touched = (await Deno.readTextFile(`${folder}/audit`)).trim().split("\n")
      .map((line) => JSON.parse(line).value);
    assertEquals([success, touched.at(-1)], [true, "."]);
  }));

Deno.test("failureReason() says why in plain words, the same on every runtime", async () => {
  const full = new Error("ENOSPC: no space left on device, write");
  assertEquals(
    failureReason(Object.assign(full, { code: "ENOSPC" })),
    "no space left on the device",
  );
  assertEquals(failureReason(new RangeError("step 3 is not finite")), "step 3 is not finite");
  assertEquals(failureReason("text"), "text");
  const missing = await Deno.stat("/no/such/file").catch((error) => error);
  assertEquals([failureReason(missing), isMissing(missing)], ["no such file or directory", true]);
  assertEquals(isMissing(full), false);
});
