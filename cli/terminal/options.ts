/**
 * Options that several commands share, and the checks of their values.
 *
 * @module
 */
import { Option } from "commander";
import { type Backend, type BackendName, createBackend, type RowRange } from "@matryoshka/sae";
import { UsageError } from "./failure.ts";

type Check<T> = (text: string) => T;

/** The long name of flags like `-s, --seed <seed>`. */
const nameOf = (flags: string): string => flags.match(/--[a-z-]+\w*/)![0];

function refuse(flags: string, text: string, wanted: string): never {
  throw new UsageError(`Cannot use ${nameOf(flags)} "${text}": it must be ${wanted}`);
}

function option<T>(flags: string, description: string, check: Check<T>, fallback?: T): Option {
  const made = new Option(flags, description).argParser(check);
  return fallback === undefined ? made : made.default(fallback);
}

/** A whole number, from 1 on unless `least` says otherwise. */
export function countOption(
  flags: string,
  description: string,
  { fallback, least = 1 }: { fallback?: number; least?: number } = {},
): Option {
  return option(flags, description, (text) => {
    const value = Number(text);
    const good = /^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least;
    return good ? value : refuse(flags, text, `a whole number from ${least} on`);
  }, fallback);
}

/** A finite number that is not negative. */
export function numberOption(flags: string, description: string): Option {
  return option(flags, description, (text) => {
    const value = Number(text);
    const good = text.trim() !== "" && value >= 0 && value < Infinity;
    return good ? value : refuse(flags, text, "a number from 0 on");
  });
}

/** One of a few words. */
export function wordOption(flags: string, words: readonly string[], description: string): Option {
  return option(
    flags,
    `${description} (${words.join(" | ")})`,
    (text) => words.includes(text) ? text : refuse(flags, text, `one of ${words.join(", ")}`),
  );
}

/** Rows `A:B`, from A up to and without B; either may be left out. */
export function rowsOption(flags: string, description: string): Option {
  return option<RowRange>(flags, description, (text) => {
    const [, from, to] = text.match(/^(\d*):(\d*)$/) ?? refuse(flags, text, "A:B, like 0:50000");
    return { ...(from && { from: Number(from) }), ...(to && { to: Number(to) }) };
  });
}

/** Prefix lengths `64,256,1024`, or if `counts` one number: how many to draw. */
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

/** What {@linkcode backendOptions} leave. */
export interface BackendArguments {
  readonly backend: string;
  readonly threads?: number | "auto";
}

/** `--backend` and `--threads`, for {@linkcode openBackend}. */
export function backendOptions(fallback = "auto"): Option[] {
  return [
    new Option("--backend <name>", "where to compute: auto, webgpu, wasm, reference").default(
      fallback,
    ),
    option<number | "auto">(
      "--threads <count>",
      'threads of the wasm backend, or "auto" for one per core, at most 8 (default: 1)',
      (text) => {
        if (text === "auto" || /^[1-9]\d*$/.test(text)) {
          return text === "auto" ? text : Number(text);
        }
        return refuse("--threads", text, 'a whole number from 1 on, or "auto"');
      },
    ),
  ];
}

/** The backend asked for. */
export async function openBackend({ backend, threads }: BackendArguments): Promise<Backend> {
  try {
    return await createBackend(backend as BackendName, threads === undefined ? {} : { threads });
  } catch (error) {
    // An unknown name, or threads that there are not; all else is a failure.
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    const asked = `--backend ${backend}${threads === undefined ? "" : ` --threads ${threads}`}`;
    const reason = error.message.replace(/^Cannot [^:]*: /, "");
    throw new UsageError(`Cannot use ${asked}: ${reason}`, { cause: error });
  }
}
