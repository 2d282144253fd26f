/**
 * Kinds of options with checks of their values, and the options that choose a backend.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import process from "node:process";
import { Option } from "commander";
import { type Backend, type BackendName, createBackend, type RowRange } from "@matryoshka/sae";
import { threadsOfRank } from "../ranks/threads.ts";
import { UsageError } from "./failure.ts";

type Check<T> = (text: string) => T;

/** Returns the long name in flags such as `-s, --seed <seed>`. */
const nameOf = (flags: string): string => flags.match(/--[a-z-]+\w*/)![0];

function refuse(flags: string, text: string, wanted: string): never {
  throw new UsageError(`Cannot use ${nameOf(flags)} "${text}": it must be ${wanted}`);
}

function option<T>(flags: string, description: string, check: Check<T>, fallback?: T): Option {
  const made = new Option(flags, description).argParser(check);
  return fallback === undefined ? made : made.default(fallback);
}

/** Makes an option that takes a whole number of at least `least`. */
export function countOption(
  flags: string,
  description: string,
  { fallback, least = 1 }: { fallback?: number; least?: number } = {},
): Option {
  return option(flags, description, (text) => {
    const value = Number(text);
    const good = /^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least;
    return good ? value : refuse(flags, text, `a whole number of at least ${least}`);
  }, fallback);
}

/** Makes an option that takes a finite number of at least 0. */
export function numberOption(flags: string, description: string): Option {
  return option(flags, description, (text) => {
    const value = Number(text);
    const good = text.trim() !== "" && value >= 0 && value < Infinity;
    return good ? value : refuse(flags, text, "a number of at least 0");
  });
}

/** Makes an option that takes one of a few words. */
export function wordOption(flags: string, words: readonly string[], description: string): Option {
  const check = (text: string) =>
    words.includes(text) ? text : refuse(flags, text, `one of ${words.join(", ")}`);
  return new Option(flags, description).choices(words).argParser(check);
}

/** Makes an option that takes rows `A:B`, from A up to but not including B; both may be omitted. */
export function rowsOption(flags: string, description: string): Option {
  return option<RowRange>(flags, description, (text) => {
    const [, from, to] = text.match(/^(\d*):(\d*)$/) ?? refuse(flags, text, "A:B, like 0:50000");
    return { ...(from && { from: Number(from) }), ...(to && { to: Number(to) }) };
  });
}

/** Makes an option that takes prefix lengths `64,256,1024`, or, if `counts`, also a number of lengths to draw. */
export function prefixesOption(
  flags: string,
  description: string,
  counts: boolean,
): Option {
  return option<number[] | number>(flags, description, (text) => {
    const numbers = text.split(",").map((part) => /^\s*\d+\s*$/.test(part) ? Number(part) : NaN);
    if (numbers.every((value) => value >= 1)) {
      return counts && numbers.length === 1 ? numbers[0] : numbers;
    }
    const wanted = counts ? "a count, or lengths like 64,256,1024" : "lengths like 64,256,1024";
    refuse(flags, text, wanted);
  });
}

/** The arguments of {@linkcode backendOptions}. */
export interface BackendArguments {
  readonly backend: string;
  readonly threads?: number | "auto";
  readonly mpi?: boolean;
}

/** Makes the options `--backend` and `--threads`, for {@linkcode openBackend}. */
export function backendOptions(fallback = "auto"): Option[] {
  return [
    // The library checks the name, which here is only listed.
    new Option("--backend <name>", "where to compute")
      .choices(["auto", "webgpu", "wasm", "reference"])
      .argParser((text: string) => text)
      .default(fallback),
    option<number | "auto">(
      "--threads <count>",
      'threads of the wasm backend, or "auto" for one per core, at most 8 (default: 1, or with --mpi ' +
        "the cores of the host divided by its ranks)",
      (text) => {
        if (text === "auto" || /^[1-9]\d*$/.test(text)) {
          return text === "auto" ? text : Number(text);
        }
        return refuse("--threads", text, 'a whole number of at least 1, or "auto"');
      },
    ),
  ];
}

/**
 * Sets the variable that drivers on Linux miss in containers. Asked for an adapter without it, Mesa prints two lines
 * that look like errors.
 */
function quietenDrivers(): void {
  if (process.platform === "linux") process.env.XDG_RUNTIME_DIR ??= "/tmp";
}

/** Returns what "auto" stands for. Node 20 has no `navigator`, from which the library takes the number of cores. */
function coreCount(): number | "auto" {
  return globalThis.navigator ? "auto" : Math.min(availableParallelism(), 8);
}

/** Creates the backend that the arguments name. */
export async function openBackend(
  { backend, threads: asked, mpi }: BackendArguments,
): Promise<Backend> {
  quietenDrivers();
  // Only the wasm backend has threads.
  const shared = mpi && (backend === "auto" || backend === "wasm") ? threadsOfRank() : undefined;
  const threads = asked ?? shared;
  const count = threads === "auto" ? coreCount() : threads;
  try {
    return await createBackend(
      backend as BackendName,
      count === undefined ? {} : { threads: count },
    );
  } catch (error) {
    // An unknown backend or an impossible number of threads is an error of usage; all else is a failure.
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    const asked = `--backend ${backend}${threads === undefined ? "" : ` --threads ${threads}`}`;
    const reason = error.message.replace(/^Cannot [^:]*: /, "");
    throw new UsageError(`Cannot use ${asked}: ${reason}`, { cause: error });
  }
}
