/**
 * Measures the machine's rates in WebAssembly, on one core or on several at once: F, the flop/s of a
 * multiply-add loop that stays in registers, and W, the bytes/s of a copy of 256 MB.
 */
import asc from "assemblyscript/asc";

async function compile(): Promise<WebAssembly.Module> {
  const source = await Deno.readTextFile(new URL("assembly/rates.ts", import.meta.url));
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await asc.main(
    [
      ...["index.ts", "--outFile", "out.wasm", "--runtime", "stub", "-O1"],
      ...["--enable", "relaxed-simd", "--memoryBase", "64", "--initialMemory", "1"],
    ],
    {
      readFile: (name: string) => name === "index.ts" ? source : null,
      writeFile: (_name: string, contents: string | Uint8Array) => {
        if (typeof contents !== "string") bytes = Uint8Array.from(contents);
      },
      listFiles: () => [],
    },
  );
  if (error || !bytes) throw new Error(`Cannot compile assembly/rates.ts: ${stderr}`);
  return new WebAssembly.Module(bytes);
}

/** Measures the rates in workers, one per thread. */
export class RateMeter implements Disposable {
  readonly #workers: Worker[];

  private constructor(workers: Worker[]) {
    this.#workers = workers;
  }

  /** Starts a meter for up to this many threads. */
  static async start(threads: number): Promise<RateMeter> {
    const module = await compile();
    const url = new URL("rates_worker.ts", import.meta.url);
    const meter = new RateMeter(
      Array.from({ length: threads }, () => new Worker(url, { type: "module" })),
    );
    for (const worker of meter.#workers) await ask(worker, module);
    return meter;
  }

  /** Measures F on this many threads at once. */
  async flops(threads: number): Promise<number> {
    return await this.#sum("flops", threads);
  }

  /** Measures W on this many threads at once. */
  async bytes(threads: number): Promise<number> {
    return await this.#sum("bytes", threads);
  }

  async #sum(what: string, threads: number): Promise<number> {
    const workers = this.#workers.slice(0, threads);
    const rates = await Promise.all(workers.map((worker) => ask(worker, what)));
    return rates.reduce((sum, rate) => sum + rate, 0);
  }

  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker.terminate();
  }
}

function ask(worker: Worker, message: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(message);
  });
}
