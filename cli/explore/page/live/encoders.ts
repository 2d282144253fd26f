/** Who encodes rows in the worker. */
import type { SparseCodes } from "@matryoshka/sae";
import type { Expected } from "./protocol.ts";

/** Encodes rows, in this page or elsewhere. */
export interface RowEncoder {
  /** In words. */
  readonly by: string;
  /** The most rows to encode at a time. */
  readonly batchRows: number;
  encode(rows: Float32Array): Promise<SparseCodes>;
}

/** What an autoencoder or a service says of itself. */
export interface Found {
  readonly inputSize: number;
  readonly latentCount: number;
  readonly activation: string;
  readonly fingerprint?: string;
}

/**
 * Throws unless this is the autoencoder that the explorer shows, as far as can be told.
 *
 * @param mayBePrefix Whether it may hold only the first latents.
 */
export function checkSame(
  name: string,
  found: Found,
  expected: Expected,
  mayBePrefix: boolean,
): void {
  const differs = (what: string, wanted: unknown, is: unknown) =>
    new RangeError(
      `Cannot encode with ${name}: it is another autoencoder, whose ${what} is ${is} but the explorer’s is ${wanted}`,
    );
  for (const what of ["inputSize", "activation"] as const) {
    if (found[what] !== expected[what]) throw differs(what, expected[what], found[what]);
  }
  const { latentCount } = expected;
  const fits = mayBePrefix ? found.latentCount <= latentCount : found.latentCount === latentCount;
  if (!fits) throw differs("latentCount", latentCount, found.latentCount);
  const whole = found.latentCount === latentCount;
  if (!whole || found.fingerprint === undefined || expected.fingerprint === undefined) return;
  if (found.fingerprint !== expected.fingerprint) {
    throw differs("fingerprint", expected.fingerprint, found.fingerprint);
  }
}
