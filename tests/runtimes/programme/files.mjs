/** Reads and writes files with the package installed from npm. The argument is an empty folder. */
import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import {
  failureReason,
  isMissing,
  openFile,
  removeTemporaryFiles,
  writeFileAtomically,
} from "@matryoshka/sae/files";

const folder = process.argv[2];
const path = `${folder}/a.bin`;
const says = (start, reason) => (error) => {
  assert.equal(error.message, `${start}: ${reason}`);
  return true;
};

await writeFileAtomically(path, Uint8Array.from({ length: 100_000 }, (_, i) => i % 251));
const file = await openFile(path);
const reads = await Promise.all(
  Array.from({ length: 50 }, (_, k) => file.read(k * 1999, 2000)),
);
reads.forEach((bytes, k) => assert.equal(bytes[7], (k * 1999 + 7) % 251));
await assert.rejects(file.read(99_999, 2), RangeError);
await file[Symbol.asyncDispose]();
await assert.rejects(file.read(0, 1), /it is closed/);

async function* failing() {
  yield new Uint8Array(10);
  throw new RangeError("step 3 is not finite");
}
await assert.rejects(
  writeFileAtomically(path, failing()),
  says(`Cannot write ${path}`, "step 3 is not finite"),
);
assert.equal((await readFile(path)).length, 100_000);
assert.deepEqual(await readdir(folder), ["a.bin"]);

const no = `${folder}/no/b.bin`;
await assert.rejects(openFile(no), says(`Cannot open ${no}`, "no such file or directory"));
await assert.rejects(
  writeFileAtomically(no, new Uint8Array(1)),
  says(`Cannot write ${no}`, "no such file or directory"),
);
await assert.rejects(
  writeFileAtomically(`${path}/b`, new Uint8Array(1)),
  says(`Cannot write ${path}/b`, "a part of the path is not a folder"),
);
await assert.rejects(openFile(folder), says(`Cannot open ${folder}`, "it is not a regular file"));
const missing = await readFile(no).catch((error) => error);
assert.deepEqual([isMissing(missing), failureReason(missing)], [
  true,
  "no such file or directory",
]);

await writeFile(`${folder}/a.bin.01234567.tmp`, "half a file");
await mkdir(`${folder}/b.01234567.tmp`);
assert.deepEqual(await removeTemporaryFiles(folder), ["a.bin.01234567.tmp"]);
assert.deepEqual(await removeTemporaryFiles(`${folder}/no`), []);
console.log("done");
