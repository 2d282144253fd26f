/**
 * Finds files of activations by folder or pattern.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { failureReason } from "./failure_reason.ts";

/** The extensions by which files of activations are found in a folder. */
const EXTENSIONS = [".npy", ".npz", ".safetensors", ".pt", ".pth"];

/**
 * Returns the paths that some files, folders and patterns stand for, in the given order. A folder stands for its
 * `.npy`, `.npz`, `.safetensors`, `.pt` and `.pth` files, without those in folders within. A pattern stands for the
 * files that match it: `*` and `?` for any characters of one name, `[a-c]` for one of these, `{a,b}` for either text,
 * `**` for folders to any depth. Names that begin with a dot match only patterns that do. The files of a folder or
 * pattern come in natural order: `part-9.npy` before `part-10.npy`. Any other path stands for itself, even if it does
 * not exist.
 *
 * @throws {Error} if a folder holds no such file, no file matches a pattern, or a folder cannot be read.
 *
 * @example
 * ```ts
 * import { activationPaths } from "@matryoshka/sae/files";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * for (const part of [9, 10]) await Deno.writeTextFile(`${folder}/part-${part}.npy`, "");
 * await Deno.writeTextFile(`${folder}/notes.txt`, "");
 * const paths = [`${folder}/part-9.npy`, `${folder}/part-10.npy`];
 * assertEquals(await activationPaths([folder]), paths);
 * assertEquals(await activationPaths([`${folder}/part-*.npy`]), paths);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function activationPaths(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) found.push(...await expanded(path));
  return found;
}

async function expanded(path: string): Promise<string[]> {
  const kind = await kindOf(path);
  if (kind === "folder") {
    const names = (await namesIn(path)).filter(({ name }) =>
      !name.startsWith(".") && EXTENSIONS.some((extension) => name.endsWith(extension))
    );
    const files = await filesOf(names.map(({ name }) => inside(path, name)));
    if (files.length > 0) return files;
    const last = EXTENSIONS.length - 1;
    throw new Error(
      `Cannot read activations from ${path}: the folder holds no ` +
        `${EXTENSIONS.slice(0, last).join(", ")} or ${EXTENSIONS[last]} file`,
    );
  }
  // A file may have the characters of a pattern in its name.
  if (kind === "file" || !/[*?[{]/.test(path)) return [path];
  const files = await filesOf(await matching(path));
  if (files.length > 0) return files;
  throw new Error(`Cannot read activations from ${path}: no file matches`);
}

const inside = (folder: string, name: string): string =>
  folder === "" ? name : `${folder.replace(/\/+$/, "")}/${name}`;

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    // Opening the file will give the reason.
    return undefined;
  }
}

/** Keeps the paths of files and links to files, each once and in natural order. */
async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of new Set(paths)) if (await kindOf(path) === "file") files.push(path);
  return files.sort(naturally);
}

async function namesIn(folder: string): Promise<{ name: string; isFolder: boolean }[]> {
  try {
    const entries = await readdir(folder || ".", { withFileTypes: true });
    return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch (cause) {
    throw new Error(`Cannot read the folder ${folder}: ${failureReason(cause)}`, { cause });
  }
}

/** Returns the paths that match a pattern. */
async function matching(pattern: string): Promise<string[]> {
  const parts = pattern.split("/").filter((part, i) => part !== "" || i === 0);
  let paths = [pattern.startsWith("/") ? "/" : ""];
  for (const [i, part] of parts.entries()) {
    if (part === "" && i === 0) continue;
    const next: string[] = [];
    for (const path of paths) {
      if (part === "**") next.push(...await foldersWithin(path));
      else if (!/[*?[{]/.test(part)) next.push(inside(path, part));
      else if (path === "" || await kindOf(path) === "folder") {
        const expression = expressionOf(part);
        const names = (await namesIn(path)).map(({ name }) => name);
        const hidden = part.startsWith(".");
        const matches = names.filter((name) =>
          (hidden || !name.startsWith(".")) && expression.test(name)
        );
        next.push(...matches.map((name) => inside(path, name)));
      }
    }
    paths = next;
  }
  return paths;
}

/** Returns a folder and all folders within; links are not followed, because they may lead back. */
async function foldersWithin(folder: string): Promise<string[]> {
  const found = [folder];
  if (folder !== "" && await kindOf(folder) !== "folder") return [];
  for (const { name, isFolder } of await namesIn(folder)) {
    if (!isFolder || name.startsWith(".")) continue;
    found.push(...await foldersWithin(inside(folder, name)));
  }
  return found;
}

/** Translates one part of a pattern; what does not close, such as `[`, stands for itself. */
function expressionOf(part: string): RegExp {
  const source = part.replace(
    /\*+|\?|\[!?[^\]]+\]|\{[^{}]*\}|[.+^$()|\\[\]{}]/g,
    (token) => {
      if (token.startsWith("*")) return ".*";
      if (token === "?") return ".";
      if (token.length === 1) return `\\${token}`;
      if (token.startsWith("[")) {
        return token.replaceAll("\\", "\\\\").replace(/^\[[!^]/, "[^");
      }
      const choices = token.slice(1, -1).split(",");
      return `(?:${choices.map((choice) => expressionOf(choice).source.slice(1, -1)).join("|")})`;
    },
  );
  try {
    return new RegExp(`^${source}$`, "s");
  } catch {
    // A range such as [z-a] matches nothing.
    return /(?!)/;
  }
}

/** Compares texts so that numbers within them are ordered by value. */
function naturally(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => text.match(/\d+|\D/g) ?? []);
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    const numbers = [x[i], y[i]].map((part) => /^\d/.test(part) ? part.replace(/^0+/, "") : part);
    const bothNumbers = /^\d/.test(x[i]) && /^\d/.test(y[i]);
    if (bothNumbers && numbers[0].length !== numbers[1].length) {
      return numbers[0].length - numbers[1].length;
    }
    if (numbers[0] !== numbers[1]) return numbers[0] < numbers[1] ? -1 : 1;
  }
  return x.length - y.length || (a < b ? -1 : a > b ? 1 : 0);
}
