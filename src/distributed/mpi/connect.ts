/**
 * Joins the job that a launcher of MPI started.
 *
 * @module
 */
import { checkObject, wrongKind } from "../../base/checks.ts";
import { checkKeys } from "../../base/known_keys.ts";
import type { Communicator, Numbers } from "../communicator.ts";
import { endWithProcess, finalizeAtLast } from "./ending.ts";
import { keepFreedMemory } from "./freed_memory.ts";
import { MpiGroup } from "./group.ts";
import { type Launcher, launcherOf } from "./launcher.ts";
import { loadLibrary, type MpiLibrary, type NamedLibrary } from "./library.ts";
import { Session } from "./session.ts";

export type { Communicator, Numbers };

/** The options of `connectMpi`. */
export interface MpiOptions {
  /**
   * The file name or soname of the MPI library: `"libmpi.so.40"`. By default the one that the environment variable
   * MATRYOSHKA_MPI names, or else one of the launcher's family, or else the first that is installed.
   */
  readonly library?: string;
}

/** All ranks of the job. */
export interface MpiCommunicator extends Communicator, Disposable {
  /**
   * Ends MPI in this process, as the last thing that a rank does. It waits until all ranks do the same, so it belongs
   * at the end of the program and not into a `finally`: a rank that has failed would wait for the others instead of
   * ending the job. Later calls of this communicator and its groups throw. Ending twice is allowed.
   */
  finalize(): void;
  /** Lets later calls throw, and leaves the end of MPI to the end of the process: a failed rank does not wait here. */
  [Symbol.dispose](): void;
}

const KEYS: readonly string[] = /* @__PURE__ */ Object.keys(
  { library: true } satisfies Record<keyof MpiOptions, true>,
);
const VARIABLE = "MATRYOSHKA_MPI";

class World extends MpiGroup implements MpiCommunicator {
  readonly #session: Session;

  constructor(session: Session) {
    super(session, session.handles.world);
    this.#session = session;
  }

  finalize(): void {
    finalizeAtLast(this.#session);
  }

  [Symbol.dispose](): void {
    this.#session.release();
  }
}

/**
 * Joins the job of MPI that this process was started in. Loads the MPI library, initialises it, and returns the communicator of all ranks. A launcher starts the ranks:
 * `mpirun -n 4 deno run -A program.ts`. A process that was started alone is a group of one rank.
 *
 * A rank that ends with an uncaught error or a status other than 0 ends the whole job. One that ends well without
 * `finalize()` waits for the others, but ends the job as failed after 10 minutes: they may wait for it.
 *
 * Works in Deno on Linux and macOS, with Open MPI and with the family of MPICH (Intel MPI, Cray MPICH, MVAPICH), and
 * needs the permissions `--allow-ffi` and `--allow-env`. Every launcher starts its own family only.
 *
 * The library is `options.library`, or the one that the environment variable MATRYOSHKA_MPI names, by file name or
 * soname, or one of the launcher's family, or the first that is installed.
 *
 * @param options The library, if the one that is found by itself is not the right one.
 * @throws {TypeError} if an option is unknown or of the wrong kind.
 * @throws {Error} if there is no MPI library, the launcher belongs to another family, a permission is missing, the
 * runtime is not Deno, or this process has connected before.
 *
 * @example Sums over all ranks
 * ```ts ignore
 * import { connectMpi } from "@matryoshka/sae/mpi";
 *
 * const communicator = await connectMpi();
 * const values = Float32Array.of(communicator.rank, 1);
 * await communicator.allReduce(values);
 * console.log(`${values[1]} ranks, their numbers sum to ${values[0]}`);
 * communicator.finalize();
 * ```
 */
// deno-lint-ignore require-await
export async function connectMpi(options: MpiOptions = {}): Promise<MpiCommunicator> {
  const task = "connect to MPI";
  checkObject(options, "options", task);
  checkKeys(options, KEYS, task);
  const { library } = options;
  if (library !== undefined && (typeof library !== "string" || library === "")) {
    throw wrongKind(library, "library", "the name of a file", task);
  }
  if (typeof Deno === "undefined" || typeof Deno.dlopen !== "function") {
    throw new Error(`Cannot ${task}: this runtime cannot call C libraries as Deno does: use Deno`);
  }
  try {
    return connect(library);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    throw new Error(
      `Cannot ${task}: ${error.message.split(",")[0]}: run with --allow-ffi and --allow-env`,
      { cause: error },
    );
  }
}

function connect(option: string | undefined): MpiCommunicator {
  const launcher = launcherOf((name) => Deno.env.get(name));
  const library = loadLibrary(namedLibrary(option), launcher);
  if (launcher?.family === "Open MPI" && library.family.name !== launcher.family) {
    checkFamilies(library, launcher, 1);
  }
  const session = new Session(library);
  if (launcher !== undefined && session.size === 1) {
    try {
      checkFamilies(library, launcher, session.size);
    } catch (error) {
      finalizeAtLast(session);
      throw error;
    }
  }
  keepFreedMemory();
  endWithProcess(session);
  return new World(session);
}

function namedLibrary(option: string | undefined): NamedLibrary | undefined {
  if (option !== undefined) return { file: option, by: "the option library" };
  const variable = Deno.env.get(VARIABLE);
  return variable ? { file: variable, by: `the variable ${VARIABLE}` } : undefined;
}

/** Throws if the launcher started more ranks than the library sees: each would take itself for the only one. */
function checkFamilies(library: MpiLibrary, launcher: Launcher, size: number): void {
  if (launcher.size <= size) return;
  const { file, version } = library;
  throw new Error(
    `Cannot connect to MPI: ${launcher.name} started ${launcher.size} ranks, but ${file} (${version}) sees ${size}: ` +
      (launcher.family === undefined
        ? "use the library's own mpirun, or another --mpi of srun"
        : `use ${library.family.name}'s mpirun, or name a library of ${launcher.family} in ${VARIABLE}`),
  );
}
