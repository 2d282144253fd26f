/**
 * Opens files by path in runtimes with a file system: Deno, Node and Bun. Nothing is imported, so that bundlers for
 * browsers find no Node module; in a browser a path is an error.
 *
 * @module
 */
import { type ByteSource, CALL_BYTES, checkByteRange, PIECE_BYTES, shortRead } from "./bytes.ts";
import { failureReason } from "./failure_reason.ts";

/** The used part of `node:fs/promises`. */
interface FileSystem {
  stat(
    path: string,
  ): Promise<{ size: number; mtimeMs: number; isFile(): boolean; isDirectory(): boolean }>;
  readdir(path: string): Promise<string[]>;
  open(path: string, flags: "r"): Promise<OpenPath>;
}

/** A file that is open for reading. */
interface OpenPath {
  stat(): Promise<{ size: number; mtimeMs: number }>;
  read(
    into: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesRead: number }>;
  close(): Promise<void>;
}

/** Returns a built-in module in Deno ≥ 2.1, Node ≥ 20.16 and Bun ≥ 1.2, and undefined in browsers. */
function builtin<Module>(name: string): Module | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => unknown };
  };
  return process?.getBuiltinModule?.(name) as Module | undefined;
}

/**
 * Returns the path of a `file:` URL, or undefined in browsers. Not every runtime can fetch such URLs, and none
 * fetches ranges of them.
 */
export function pathOfUrl(url: URL): string | undefined {
  try {
    return builtin<{ fileURLToPath(url: string): string }>("node:url")?.fileURLToPath(url.href);
  } catch (cause) {
    throw new TypeError(`Cannot read ${url.href}: ${(cause as Error).message}`, { cause });
  }
}

function fileSystem(path: string): FileSystem {
  const found = builtin<FileSystem>("node:fs/promises");
  if (found) return found;
  throw new TypeError(
    `Cannot read ${path}: this runtime has no file system; give a URL, a Blob, bytes or a ByteSource`,
  );
}

const failure = (path: string, cause: unknown) =>
  new Error(`Cannot read ${path}: ${failureReason(cause)}`, { cause });

async function attempt<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof RangeError ? cause : failure(path, cause);
  }
}

/** Returns a source over a file, or over each file of a folder by name. Files are open only during a read. */
export async function sourcesFromPath(
  path: string,
): Promise<ByteSource | Record<string, ByteSource>> {
  const files = fileSystem(path);
  const facts = await attempt(path, () => files.stat(path));
  if (facts.isFile()) return sourceFromPath(files, path, path, facts);
  // Opening a pipe would wait for its writer.
  if (!facts.isDirectory()) {
    throw new TypeError(`Cannot read ${path}: it is neither a regular file nor a folder`);
  }
  const named: Record<string, ByteSource> = {};
  for (const name of (await attempt(path, () => files.readdir(path))).sort()) {
    const inside = `${path.replace(/[/\\]+$/, "")}/${name}`;
    // A dangling link does not belong to the autoencoder.
    const facts = await files.stat(inside).catch(() => undefined);
    if (facts?.isFile()) named[name] = sourceFromPath(files, inside, name, facts);
  }
  return named;
}

function sourceFromPath(
  files: FileSystem,
  path: string,
  name: string,
  { size, mtimeMs }: { size: number; mtimeMs: number },
): ByteSource {
  // Opened anew each time, so that no file stays open.
  async function openUnchanged(offset: number, length: number): Promise<OpenPath> {
    const file = await files.open(path, "r");
    const now = await file.stat();
    if (now.size === size && now.mtimeMs === mtimeMs) return file;
    await file.close();
    throw new RangeError(
      `Cannot read bytes ${offset} to ${offset + length} of ${path}: ` +
        `the file changed while it was read: it had ${size} bytes and has ${now.size}`,
    );
  }
  return {
    name,
    size,
    async read(offset: number, length: number): Promise<Uint8Array> {
      checkByteRange(path, size, offset, length);
      return await attempt(path, async () => {
        const file = await openUnchanged(offset, length);
        try {
          const bytes = new Uint8Array(length);
          let got = 0;
          while (got < length) {
            const most = Math.min(length - got, CALL_BYTES);
            const { bytesRead } = await file.read(bytes, got, most, offset + got);
            if (bytesRead === 0) throw shortRead(path, offset, length, got);
            got += bytesRead;
          }
          return bytes;
        } finally {
          await file.close();
        }
      });
    },
    async *stream(offset: number, length: number): AsyncGenerator<Uint8Array, void, void> {
      checkByteRange(path, size, offset, length);
      const file = await attempt(path, () => openUnchanged(offset, length));
      try {
        const piece = new Uint8Array(Math.min(length, PIECE_BYTES));
        for (let got = 0; got < length;) {
          const most = Math.min(length - got, piece.length);
          const { bytesRead } = await attempt(path, () => file.read(piece, 0, most, offset + got));
          if (bytesRead === 0) throw shortRead(path, offset, length, got);
          got += bytesRead;
          yield piece.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    },
  };
}
