/**
 * Runs the programme on the backends of a runtime, and reports the results.
 *
 * @module
 */
import type { Backend } from "@matryoshka/sae";
import { type Figures, type Library, programme } from "./programme.ts";

/** A backend that was tried. */
export interface Attempt {
  /** The requested backend: "wasm", "wasm, 2 threads" or "webgpu". */
  readonly asked: string;
  /** The tier, threads or adapter. */
  readonly description?: string;
  readonly figures?: Figures;
  /** Why the backend is not available. */
  readonly missing?: string;
}

/** The report of a runtime. */
export interface Report {
  /** Name and version of the runtime. */
  readonly engine: string;
  readonly attempts: Attempt[];
}

/** Tries every backend. A backend that cannot be made is reported as missing; an error while computing is thrown. */
export async function report(
  engine: string,
  library: Library,
  backends: Readonly<Record<string, () => Promise<Backend>>>,
  address: string,
): Promise<Report> {
  const attempts: Attempt[] = [];
  for (const [asked, create] of Object.entries(backends)) {
    let backend: Backend;
    try {
      backend = await create();
    } catch (error) {
      attempts.push({ asked, missing: (error as Error).message });
      continue;
    }
    try {
      const { description } = backend;
      attempts.push({ asked, description, figures: await programme(library, backend, address) });
    } finally {
      backend[Symbol.dispose]();
    }
  }
  return { engine, attempts };
}
