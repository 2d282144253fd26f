/**
 * An MPI library in this process: found, loaded, and asked what it is.
 *
 * @module
 */
import { FAMILIES, type Family, type Handle, shortVersion, TEXT_BYTES } from "./families.ts";
import { type MpiFunctions, openFunctions } from "./functions.ts";
import type { Launcher } from "./launcher.ts";
import { type Loaded, type Loader, openLoader } from "./loader.ts";

/** A library with its functions and constants. */
export interface MpiLibrary {
  readonly file: string;
  readonly family: Family;
  /** Its name and version: `Open MPI 4.1.4`. */
  readonly version: string;
  readonly functions: MpiFunctions;
  readonly handles: Readonly<Record<keyof Family["handles"], Handle>>;
}

/** A library that the user names, and where: `the option library`. */
export interface NamedLibrary {
  readonly file: string;
  readonly by: string;
}

const TASK = "Cannot connect to MPI";

/**
 * Loads the MPI library that the user names. Without a name, takes one of the launcher's family, if there is any, and
 * else the first that is installed.
 *
 * @param loader The system's, except in tests.
 */
export function loadLibrary(
  named: NamedLibrary | undefined,
  launcher: Launcher | undefined,
  loader: Loader | undefined = openLoader(),
): MpiLibrary {
  if (loader === undefined) {
    throw new Error(`${TASK}: the system is ${Deno.build.os}, but must be Linux or macOS`);
  }
  const loaded = named === undefined ? find(loader, launcher) : loader.load(named.file);
  if (typeof loaded === "string") {
    const name = named!;
    throw new Error(`${TASK}: ${name.file}, which ${name.by} names, cannot be loaded: ${loaded}`);
  }
  return identify(loaded);
}

/** Returns the first library that is installed, one of the launcher's family if there is any. */
function find(loader: Loader, launcher: Launcher | undefined): Loaded {
  const families = FAMILIES.toSorted((a, b) =>
    Number(b.name === launcher?.family) - Number(a.name === launcher?.family)
  );
  const files = [
    ...new Set(families.flatMap(({ libraries }) => libraries[Deno.build.os] ?? [])),
  ];
  const others: Loaded[] = [];
  for (const file of files) {
    const loaded = loader.load(file);
    if (typeof loaded === "string") continue;
    // The same name, such as libmpi.so, may be of either family.
    if (launcher?.family === undefined || familyOf(loaded)?.name === launcher.family) {
      for (const other of others) other.close();
      return loaded;
    }
    others.push(loaded);
  }
  const [first, ...rest] = others;
  for (const other of rest) other.close();
  if (first !== undefined) return first;
  const packages = families.map((family) => family.packages).join(", or ");
  throw new Error(
    `${TASK}: there is no MPI library: install one (on Debian ${packages}), ` +
      `or name its file in the variable MATRYOSHKA_MPI (tried ${files.join(", ")})`,
  );
}

/** Returns the family of a library, or undefined if it is no MPI library. */
function familyOf(loaded: Loaded): Family | undefined {
  if (loaded.address("MPI_Init_thread") === undefined) return undefined;
  return FAMILIES.find(({ handles }) =>
    Object.values(handles).every((handle) =>
      typeof handle === "number" || loaded.address(handle) !== undefined
    )
  );
}

/** Makes a library ready to be initialised. */
function identify(loaded: Loaded): MpiLibrary {
  const { file } = loaded;
  const family = familyOf(loaded);
  if (family === undefined) throw new Error(`${TASK}: ${file} is no MPI library`);
  // Open MPI's plugins take the symbols of the library that loads them.
  loaded.share();
  const functions = openFunctions(file, family.handle);
  const text = readText((bytes, length) => functions.MPI_Get_library_version(bytes, length));
  const version = shortVersion(text);
  if (!family.version.test(text)) {
    throw new Error(`${TASK}: ${file} is ${version}, but must be Open MPI or of MPICH's family`);
  }
  const handles = Object.fromEntries(
    Object.entries(family.handles).map(([name, handle]) =>
      [name, typeof handle === "string" ? loaded.address(handle) : handle] as const
    ),
  ) as MpiLibrary["handles"];
  return { file, family, version, functions, handles };
}

/** Returns the text that a function writes, with its length beside it. */
export function readText(write: (bytes: Uint8Array, length: Int32Array) => void): string {
  const bytes = new Uint8Array(TEXT_BYTES);
  const length = new Int32Array(1);
  write(bytes, length);
  return new TextDecoder().decode(bytes.subarray(0, length[0])).replace(/\0+$/, "");
}
