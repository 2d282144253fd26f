import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { activationPaths } from "../../../src/io/sources/files.ts";

async function inFolderOf(
  files: readonly string[],
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const file of files) {
      await Deno.mkdir(`${folder}/${file}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${folder}/${file}`, "");
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const FILES = [
  "p10.npy",
  "p9.npy",
  "p09b.npy",
  "p1.safetensors",
  "x.pt",
  "y.npz",
  "z.pth",
  "notes.txt",
  ".hidden.npy",
  "sub/a1.npy",
  "sub/deep/a0.npy",
  "[odd].npy",
];

Deno.test("a folder stands for its files of activations, in natural order", async () => {
  await inFolderOf(FILES, async (folder) => {
    const names = ["[odd].npy", "p1.safetensors", "p9.npy", "p09b.npy", "p10.npy"];
    const paths = [...names, "x.pt", "y.npz", "z.pth"].map((name) => `${folder}/${name}`);
    assertEquals(await activationPaths([folder]), paths);
    assertEquals(await activationPaths([`${folder}/`]), paths);
    assertEquals(await activationPaths([`${folder}/sub`, `${folder}/x.pt`]), [
      `${folder}/sub/a1.npy`,
      `${folder}/x.pt`,
    ]);
  });
});

Deno.test("a pattern stands for the files that match it", async () => {
  await inFolderOf(FILES, async (folder) => {
    const found = async (pattern: string) =>
      (await activationPaths([`${folder}/${pattern}`])).map((path) =>
        path.slice(folder.length + 1)
      );
    assertEquals(await found("p*.npy"), ["p9.npy", "p09b.npy", "p10.npy"]);
    assertEquals(await found("p?.npy"), ["p9.npy"]);
    assertEquals(await found("p[0-9].*"), ["p1.safetensors", "p9.npy"]);
    assertEquals(await found("[!p]*.n{py,pz}"), ["[odd].npy", "y.npz"]);
    assertEquals(await found("*/a1.npy"), ["sub/a1.npy"]);
    assertEquals(await found("**/a*.npy"), ["sub/a1.npy", "sub/deep/a0.npy"]);
    assertEquals(await found("s*/**/*.npy"), ["sub/a1.npy", "sub/deep/a0.npy"]);
    assertEquals(await found(".h*"), [".hidden.npy"]);
    assertEquals(await found("*.txt"), ["notes.txt"]);
    // A path that exists stands for itself.
    assertEquals(await found("[odd].npy"), ["[odd].npy"]);
  });
});

Deno.test("a folder without activations and a pattern without matches are errors that say so", async () => {
  await inFolderOf(["a/notes.txt"], async (folder) => {
    await assertRejects(
      () => activationPaths([`${folder}/a`]),
      Error,
      `Cannot read activations from ${folder}/a: the folder holds no .npy, .npz, .safetensors, .pt or .pth file`,
    );
    for (
      const pattern of ["*.npy", "a/*.npy", "b/*/*.npy", "**/*.npy", "[z-a]*", "{", "*["]
    ) {
      await assertRejects(
        () => activationPaths([`${folder}/x`, `${folder}/${pattern}`]),
        Error,
        `Cannot read activations from ${folder}/${pattern}: no file matches`,
      );
    }
  });
  assertEquals(await activationPaths(["none.npy", ""]), ["none.npy", ""]);
});

Deno.test("any pattern is understood or refused by name", async () => {
  await inFolderOf(["a/b.npy", "c.npy"], async (folder) => {
    const part = fc.string({ unit: fc.constantFrom(..."ab*?[]!-{},.\\/^$()|+npy") });
    await fc.assert(
      fc.asyncProperty(part, async (text) => {
        const pattern = `${folder}/${text}*`;
        try {
          for (const path of await activationPaths([pattern])) await Deno.stat(path);
        } catch (error) {
          assertEquals(
            (error as Error).message,
            `Cannot read activations from ${pattern}: no file matches`,
          );
        }
      }),
      { numRuns: 1000, seed: 11 },
    );
  });
});
