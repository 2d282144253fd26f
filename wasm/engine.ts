/**
 * The engine: a compiled tier with its memory, on one thread or several.
 *
 * @module
 */
import { MOST_ARGUMENTS, MOST_PIECES, MOST_THREADS } from "./threads/control.ts";
import { QUESTIONS, SHARED_MEMORY_PAGES } from "./generated/exports.ts";
import { type Launch, type Phase, positional, type QuestionName } from "./launch.ts";
import { type Arena, MOST_BYTES } from "./arena.ts";
import { Pool, type SharedPhase } from "./threads/pool.ts";
import { missingForThreads } from "./threads/start_worker.ts";
import { checkTier, pickModule, pickTier, type WasmModules, type WasmTier } from "./tiers.ts";

/** Options of the WASM backend. */
export interface WasmOptions {
  /** The tier (the best that the runtime supports). */
  readonly tier?: WasmTier;
  /**
   * Kernels that are already compiled, for runtimes that refuse to compile bytes: `wasmModules` of
   * `@matryoshka/sae/wasm-modules`, or any of its tiers. They run on one thread.
   */
  readonly modules?: WasmModules;
  /**
   * How many threads compute, the calling one included (1). "auto" takes one per core, at most 8, and one
   * where threads are not available.
   */
  readonly threads?: number | "auto";
  /** The bytes that the memory may grow to (4 GiB). */
  readonly mostBytes?: number;
}

/** A kernel's launch with its exports looked up and its phases cut into pieces. */
export interface PreparedLaunch {
  readonly kernel: string;
  /** Whether it updates an operand in place. */
  readonly updates: boolean;
  readonly phases: readonly SharedPhase[];
}

type KernelExports = Record<string, ((...args: number[]) => number) | undefined>;

/** With more threads the memory bandwidth rarely suffices. */
const MOST_AUTO_THREADS = 8;
/** Enough that a core of half the speed, or uneven items, delay a phase by a few percent only. */
const PIECES_PER_THREAD = 8;
/** Keeps the scratch of different threads on different pairs of cache lines. */
const SCRATCH_ALIGNMENT = 128;

/** Prepares launches and runs them. */
export class Engine implements Disposable {
  readonly memory: WebAssembly.Memory;
  readonly heapBase: number;
  readonly threads: number;
  /** Bytes of scratch in the arena, for all threads together. */
  scratchBytes = 0;
  readonly #exports: KernelExports;
  readonly #names: readonly string[];
  readonly #pool: Pool | undefined;
  #scratch = 0;

  private constructor(
    exports: WebAssembly.Exports,
    memory: WebAssembly.Memory,
    readonly description: string,
    readonly mostBytes: number,
    pool?: Pool,
  ) {
    this.memory = memory;
    this.#exports = exports as KernelExports;
    this.#names = namesOf(exports);
    this.#pool = pool;
    this.threads = pool?.threads ?? 1;
    this.heapBase = this.ask("heapBase");
  }

  /** Compiles the tier asked for, or the best, and starts the threads. */
  static async start(options: WasmOptions): Promise<Engine> {
    checkTier(options.tier);
    const threads = threadCount(options.threads, options.modules);
    if (threads > 1) {
      try {
        return await Engine.#startThreads(options, threads);
      } catch (error) {
        if (options.threads !== "auto") throw error;
      }
    }
    const { module, description } = options.modules === undefined
      ? await pickTier(options.tier, "single")
      : pickModule(options.tier, options.modules);
    const { exports } = new WebAssembly.Instance(module);
    const memory = exports.memory as WebAssembly.Memory;
    return new Engine(exports, memory, description, options.mostBytes ?? MOST_BYTES);
  }

  static async #startThreads({ tier, mostBytes }: WasmOptions, threads: number): Promise<Engine> {
    const missing = missingForThreads();
    if (missing) throw new TypeError(`Cannot start ${threads} threads: ${missing}`);
    const { module, description } = await pickTier(tier, "threads");
    const memory = new WebAssembly.Memory({ ...SHARED_MEMORY_PAGES, shared: true });
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    const pool = await Pool.start(threads, module, memory, namesOf(exports));
    const words = `${description}, ${threads} threads`;
    return new Engine(exports, memory, words, mostBytes ?? MOST_BYTES, pool);
  }

  /** Asks the module for a size. */
  ask(name: QuestionName, args: Readonly<Record<string, number>> = {}): number {
    return this.#export(name)(...positional(QUESTIONS[name], args));
  }

  /** Prepares a launch that can then run any number of times. */
  prepare(kernel: string, updates: boolean, { phases }: Launch): PreparedLaunch {
    return { kernel, updates, phases: phases.map((phase) => this.#preparePhase(phase)) };
  }

  /**
   * Runs a launch, its phases one after the other.
   *
   * @param alone Whether to run on the calling thread alone even if there are others.
   * @throws if a thread traps, dies or hangs.
   */
  run({ phases }: PreparedLaunch, alone = false): void {
    for (const phase of phases) {
      if (this.#pool && phase.pieces > 1 && !alone) {
        this.#pool.run(phase, this.#scratch, this.scratchBytes / this.threads);
        continue;
      }
      const { args } = phase;
      args[0] = 0;
      args[1] = phase.items;
      args[2] = this.#scratch;
      phase.call.apply(null, args);
    }
  }

  /** Asks the other threads to answer, and does not wait. */
  callRoll(): void {
    this.#pool?.callRoll();
  }

  /** Waits for the answers; throws if one does not come. */
  awaitAnswers(): void {
    this.#pool?.awaitAnswers();
  }

  /** Allocates this much scratch for each thread, unless it is there already. */
  reserveScratch(bytes: number, arena: Arena): void {
    const held = this.scratchBytes;
    const wanted = this.threads * Math.ceil(bytes / SCRATCH_ALIGNMENT) * SCRATCH_ALIGNMENT;
    if (wanted <= held) return;
    if (held > 0) arena.free(this.#scratch);
    try {
      this.#scratch = arena.allocate(wanted, "the threads' scratch");
      this.scratchBytes = wanted;
    } catch (error) {
      // The block just freed is still free, and programs recorded before need it.
      if (held > 0) this.#scratch = arena.allocate(held, "the threads' scratch");
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#pool?.[Symbol.dispose]();
  }

  #preparePhase({ run, items, grain, args, piecesPerThread }: Phase): SharedPhase {
    const call = this.#export(run);
    if (args.length > MOST_ARGUMENTS) {
      throw new RangeError(
        `Cannot run ${run}: it has ${args.length} arguments but may have at most ${MOST_ARGUMENTS}`,
      );
    }
    const wanted = this.threads === 1
      ? 1
      : Math.min(this.threads * (piecesPerThread ?? PIECES_PER_THREAD), MOST_PIECES);
    const piece = Math.max(Math.ceil(items / wanted / grain), 1) * grain;
    return {
      call,
      index: this.#names.indexOf(run),
      items,
      piece,
      pieces: Math.ceil(items / piece),
      args: [0, 0, 0, ...args],
    };
  }

  #export(name: string): (...args: number[]) => number {
    const found = this.#exports[name];
    if (typeof found !== "function") throw new Error(`Cannot run ${name}: no such export`);
    return found;
  }
}

/** The exported functions, in an order that all threads agree on. */
function namesOf(exports: WebAssembly.Exports): string[] {
  return Object.keys(exports).filter((name) => typeof exports[name] === "function").sort();
}

function threadCount(asked: number | "auto" = 1, modules?: WasmModules): number {
  if (asked === "auto") {
    return modules !== undefined
      ? 1
      : Math.min(globalThis.navigator?.hardwareConcurrency ?? 1, MOST_AUTO_THREADS);
  }
  if (!Number.isInteger(asked) || asked < 1 || asked > MOST_THREADS) {
    throw new RangeError(
      `Cannot start WASM: threads must be "auto" or a whole number from 1 to ${MOST_THREADS} but is ${asked}`,
    );
  }
  if (modules !== undefined && asked > 1) {
    throw new TypeError(`Cannot start ${asked} threads: modules run on one thread`);
  }
  return asked;
}
