/**
 * How a kernel is launched on WASM: one or more phases, each an exported function over a range of
 * items that threads share.
 *
 * @module
 */
import type { Kernel } from "../kernels/kernel.ts";
import type { KernelId, KernelTable } from "../kernels/table.ts";

/**
 * An exported function `run(from, to, scratch, ...args)` over the items from … to − 1. Parts start at
 * multiples of `grain`; results must not depend on how the items are parted. A phase begins when the
 * one before has ended on every thread.
 */
export interface Phase {
  /** Name of the export. */
  readonly run: string;
  /** How many items there are. */
  readonly items: number;
  /** Items that belong together. */
  readonly grain: number;
  /** Arguments after from, to and scratch: pointers, sizes, constants; at most 56. */
  readonly args: readonly number[];
  /**
   * Into how many pieces per thread the items are cut; threads claim them one by one (8). Fewer where a
   * call first packs an operand, whatever its range; more where items differ much in weight. A phase of
   * one piece runs on the calling thread, and nobody is woken for it.
   */
  readonly piecesPerThread?: number;
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
  /** Bytes that live as long as the program, shared by all threads: a pointer. */
  temporary(bytes: number): number;
  /** Calls an export of the module that needs no memory: sizes of scratch. */
  ask(name: string, ...args: number[]): number;
}

/** Turns operand pointers, dims and constants into a launch. */
export type Plan<K> = K extends Kernel<infer Types, infer Dim, infer Constants> ? (
    pointers: { readonly [Name in keyof Types]: number },
    dims: Readonly<Record<Dim, number>>,
    constants: Constants,
    planner: Planner,
  ) => Launch
  : never;

/** A plan for every kernel: a missing one is a compile error. */
export type Plans = { readonly [Id in KernelId]: Plan<KernelTable[Id]> };
