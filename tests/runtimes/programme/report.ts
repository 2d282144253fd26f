/**
 * Runs the programme on the backends of a runtime, and says what happened.
 *
 * @module
 */
import type { Backend } from "@matryoshka/sae";
import { type Figures, type Library, programme } from "./programme.ts";

/** A backend that was tried. */
export interface Attempt {
  /** As asked for: "wasm", "wasm, 2 threads", "webgpu". */
  readonly asked: string;
  /** The tier, threads or adapter. */
  readonly description?: string;
  readonly figures?: Figures;
  /** Why there is no such backend here. */
  readonly missing?: string;
}

/** What a runtime says. */
export interface Report {
  /** Name and version. */
  readonly engine: string;
  readonly attempts: Attempt[];
}

/** Tries every backend. One that cannot be made is missing; one that is made has to compute. */
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
