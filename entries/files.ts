/**
 * Files in Deno, Node and Bun: sources to read from, atomic writing, and the files that ranks write together. This
 * entry imports `node:` modules, so browsers cannot load it; they have `sourceFromBlob`.
 *
 * @example Read activations from a file, a batch at a time
 * ```ts
 * import { mkdtemp } from "node:fs/promises";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { activationBatches, encodeSafetensors } from "@matryoshka/sae";
 * import { openFile, writeFileAtomically } from "@matryoshka/sae/files";
 * import { assertEquals } from "@std/assert";
 *
 * const path = join(await mkdtemp(join(tmpdir(), "sae-")), "activations.safetensors");
 * const data = Float32Array.from({ length: 100 * 8 }, (_, i) => i);
 * await writeFileAtomically(path, encodeSafetensors({ activations: { shape: [100, 8], data } }));
 *
 * const file = await openFile(path); // or `await using`, where the runtime has it
 * let rows = 0;
 * for await (const batch of activationBatches([file], { batchRows: 25 })) rows += batch.length / 8;
 * await file.close();
 * assertEquals(rows, 100);
 * ```
 *
 * @module
 */
export {
  activationPaths,
  type ByteSource,
  failureReason,
  type FileSource,
  isMissing,
  openFile,
  removeTemporaryFiles,
  writeFileAtomically,
} from "../src/io/sources/files.ts";
export * from "../src/distributed/files/mod.ts";
