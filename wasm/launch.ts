/**
 * How a kernel is launched on WASM: one or more phases, each an exported function over a range of
 * items that threads share.
 *
 * @module
 */
import type { Kernel } from "../kernels/kernel.ts";
import type {
  KernelId,
  KernelTable,
  RecipeId,
  RecipeTable,
  ScreeningId,
  ScreeningTable,
  StoredId,
  StoredTable,
} from "../kernels/table.ts";
import { PHASES, type QUESTIONS } from "./generated/exports.ts";

/** Exports that compute: `run(from, to, scratch, ...args)`. */
export type PhaseName = keyof typeof PHASES;

/** Exports that answer a question about sizes and need no memory. */
export type QuestionName = keyof typeof QUESTIONS;

/** The arguments of an export by the names of its parameters: pointers, sizes, constants. */
export type Arguments<Parameters extends readonly string[]> = {
  readonly [Name in Parameters[number]]: number;
};

/** Marks every name of `Given` that no parameter has, so that it is a compile error. */
type Unknown<Given, Known> = { readonly [Name in Exclude<keyof Given, keyof Known>]: never };

/** How the items of a phase are divided among threads. */
export interface Division {
  /** How many items there are. */
  readonly items: number;
  /** Items that belong together: pieces start at multiples of it. */
  readonly grain: number;
  /**
   * Into how many pieces per thread the items are cut; threads claim them one by one (8). Fewer where a
   * call first packs an operand, whatever its range; more where the cost of items differs widely. A
   * phase of one piece runs on the calling thread and wakes no other.
   */
  readonly piecesPerThread?: number;
}

/**
 * A call of an exported function over the items from … to − 1. Results must not depend on how the items
 * are divided. A phase begins when the one before has ended on every thread.
 */
export interface Phase extends Division {
  /** Name of the export. */
  readonly run: PhaseName;
  /** Arguments after from, to and scratch, in the order of the parameters; at most 56. */
  readonly args: readonly number[];
}

/** Makes a phase of arguments by name; a missing or unknown name is a compile error. */
export function phase<Name extends PhaseName, Given extends Arguments<(typeof PHASES)[Name]>>(
  run: Name,
  args: Given & Unknown<Given, Arguments<(typeof PHASES)[Name]>>,
  division: Division,
): Phase {
  return { run, args: positional(PHASES[run], args), ...division };
}

/** Makes a phase that one thread runs alone. */
export function single<Name extends PhaseName, Given extends Arguments<(typeof PHASES)[Name]>>(
  run: Name,
  args: Given & Unknown<Given, Arguments<(typeof PHASES)[Name]>>,
): Phase {
  return phase(run, args, { items: 1, grain: 1 });
}

/** Returns the arguments in the order of the parameters. */
export function positional(
  parameters: readonly string[],
  args: Readonly<Record<string, number>>,
): number[] {
  return parameters.map((name) => args[name]);
}

/** A kernel bound to its operands. */
export interface Launch {
  readonly phases: readonly Phase[];
  /** Bytes of scratch that each thread needs. */
  readonly scratchBytes: number;
}

/** What a plan may ask of the backend. */
export interface Planner {
  /** How many threads share a phase. */
  readonly threads: number;
  /** Allocates bytes that all threads share and that live as long as the program; returns a pointer. */
  temporary(bytes: number): number;
  /** Asks the module for a size. */
  ask<Name extends QuestionName>(
    name: Name,
    ...args: (typeof QUESTIONS)[Name] extends readonly [] ? []
      : [Arguments<(typeof QUESTIONS)[Name]>]
  ): number;
}

/** Turns operand pointers, dims and constants into a launch. */
export type Plan<K> = K extends Kernel<infer Types, infer Dim, infer Constants> ? (
    pointers: { readonly [Name in keyof Types]: number },
    dims: Readonly<Record<Dim, number>>,
    constants: Constants,
    planner: Planner,
  ) => Launch
  : never;

/** A plan for every kernel that only some recipes need. */
export type RecipePlans = { readonly [Id in RecipeId]: Plan<RecipeTable[Id]> };

/** A plan for every kernel: a missing one is a compile error. */
export type Plans =
  & { readonly [Id in KernelId]: Plan<KernelTable[Id]> }
  & { readonly [Id in ScreeningId]: Plan<ScreeningTable[Id]> }
  & { readonly [Id in StoredId]: Plan<StoredTable[Id]> }
  & RecipePlans;
