/**
 * The figures of a pipeline that matter.
 *
 * @module
 */
import type { Compiled } from "./compile.ts";
import { count, parse } from "./instructions.ts";
import { hottest, loopsOf, stepLoop, walk } from "./loops.ts";
import { waitsOf } from "./waits.ts";

/** What machine code of a pipeline is like. Loops are those of one thread, so counts are per thread. */
export interface Figures {
  /** Vector registers. */
  readonly registers: number;
  /** Waves of 32 lanes that a SIMD holds at once, as registers and workgroup memory allow. */
  readonly waves: number;
  /** Bytes of workgroup memory. */
  readonly lds: number;
  /** Registers that did not fit, and bytes of memory for them and for arrays with indices that vary. */
  readonly spills: number;
  readonly scratch: number;
  /** Bytes of machine code. */
  readonly code: number;
  /** Multiply-adds of the hottest loop, of all its vector instructions. */
  readonly multiplyAdds: number;
  readonly vector: number;
  /** Multiply-adds of a step, and its vector instructions: of a product, everything between two steps of k. */
  readonly stepMultiplyAdds: number;
  readonly stepVector: number;
  /** Bytes of workgroup memory that a step loads and stores. */
  readonly stepLdsBytes: number;
  /** Latencies of memory that a step waits for one after the other. */
  readonly exposed: number;
  /** The most vector loads that a step has under way. */
  readonly inFlight: number;
}

/** Reads the figures off the machine code. A kernel without a loop counts as a whole. */
export function figuresOf({ statistics, assembly }: Compiled): Figures {
  const lines = parse(assembly);
  const loops = loopsOf(lines);
  const hot = hottest(loops);
  const step = hot === undefined ? lines : [...walk(lines, loops, stepLoop(loops, hot), hot)];
  const inner = hot?.own ?? count(lines);
  const all = count(step);
  return {
    registers: statistics["VGPRs"],
    waves: statistics["Subgroups per SIMD"],
    lds: statistics["LDS size"],
    spills: statistics["Spilled SGPRs"] + statistics["Spilled VGPRs"],
    scratch: statistics["Scratch size"],
    code: statistics["Code size"],
    multiplyAdds: inner.multiplyAdds,
    vector: inner.vector,
    stepMultiplyAdds: all.multiplyAdds,
    stepVector: all.vector,
    stepLdsBytes: all.ldsBytes,
    ...waitsOf(step),
  };
}
