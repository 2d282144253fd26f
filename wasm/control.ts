/**
 * The control block: the small shared memory through which the calling thread hands out work.
 *
 * Int32 words, each that threads contend for on a cache line of its own; then float64 arguments.
 * How they are used: `pool.ts` (calling thread) and `worker.ts` (the others).
 *
 * @module
 */

/** Phase number · 1024 + pieces that nobody has claimed yet. A claim subtracts one by compare-exchange. */
export const CLAIM = 0;
/** Pieces of this phase that workers have finished. */
export const FINISHED = 16;
/** Changes whenever there is something new; idle workers wait on it. */
export const BELL = 32;
/** 1 if a worker has gone to sleep since sleepers were last woken. */
export const SLEEPERS = 48;
/** Number of the last roll call. */
export const ROLL = 49;
/** 1 ends the workers. */
export const STOP = 50;
/** Index of the phase's export in the list of names agreed at the start. */
export const EXPORT = 51;
/** How many arguments the phase has after from, to and scratch. */
export const ARGUMENT_COUNT = 52;
/** 1 while the calling thread sleeps. */
export const CALLER_SLEEPS = 64;
/** Changes when a worker has news for a calling thread that sleeps. */
export const NEWS = 65;
/** Thread that failed, or 0. */
export const FAILED = 66;
/** Length of the message of the failure, and after it the message in UTF-16. */
export const MESSAGE = 67;
/** Longest message, in characters. */
export const MESSAGE_LENGTH = 120;
/** The last roll call that thread t answered is at ANSWERS + t. */
export const ANSWERS = 192;
/** More threads than any machine that this is for has cores. */
export const MOST_THREADS = 64;

/** Float64 index of: items, items per piece, pieces, scratch of thread 0, bytes of scratch per thread. */
export const SIZES = 128;
/** Float64 index of the arguments. */
export const ARGUMENTS = 136;
/** Most arguments of a phase. */
export const MOST_ARGUMENTS = 56;
/** Bytes of the control block. */
export const CONTROL_BYTES: number = 8 * (ARGUMENTS + MOST_ARGUMENTS);

/** Most pieces of a phase: they are counted in ten bits of CLAIM. */
export const MOST_PIECES = 1023;

/**
 * How long a thread spins before it sleeps, in milliseconds: longer than what the calling thread does
 * alone between two phases of a step. Waking sleepers costs the caller about 13 µs, and a sleeper works
 * some 250 µs later (measured in Deno on a busy machine).
 */
export const SPIN_MS = 0.1;
