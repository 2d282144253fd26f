/**
 * Measures fixed prefixes during a run: where the prefixes of training are drawn anew at each step, their own FVU jumps
 * with their lengths.
 *
 * @module
 */
import { type Batch, decodeFloats, evaluateShare, type PrefixReading } from "@matryoshka/sae";
import type { PreparedRun } from "./preparation.ts";

/** The shares of the latents in the reference prefixes. */
const SHARES = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1];

/** Returns the lengths of the reference prefixes, rounded down; fewer than five where there are under 16 latents. */
export function referencePrefixes(latentCount: number): number[] {
  const lengths = SHARES.map((share) => Math.floor(share * latentCount));
  return lengths.filter((length) => length > 0);
}

/** Measures the reference prefixes on a batch. */
export type ReferencePrefixReader = (batch: Batch) => Promise<readonly PrefixReading[]>;

/**
 * Returns a function that measures the reference prefixes. Both are collective. It returns undefined for inputs that
 * are normalised row by row over several ranks, which `evaluateShare` does not measure.
 */
export async function referencePrefixReader(
  run: Pick<PreparedRun, "ranks" | "trainer" | "backend" | "args" | "options">,
): Promise<ReferencePrefixReader | undefined> {
  const { ranks: { communicator, size }, trainer, args } = run;
  const prefixes = referencePrefixes(args.latents);
  if (communicator === undefined || size === 1) {
    return (batch) => trainer.evaluatePrefixes(batch, prefixes);
  }
  if ((run.options.inputNormalization?.kind ?? "none") !== "none") return undefined;
  const replica = await communicator.split(trainer.replica);
  return async (batch) => {
    try {
      const share = await run.ranks.together(() => trainedShare(run));
      const { perPrefix } = await run.ranks.together(() =>
        evaluateShare(run.backend, share.parameters, one(float32(batch)), {
          ...share.options,
          prefixes,
          communicator: replica,
          latents: trainer.latents,
          latentCount: args.latents,
        })
      );
      return perPrefix.map(({ prefix, fvu, l0 }) => ({ prefix, fvu, l0 }));
    } catch (error) {
      // Rows that do not vary, or values that are not finite: one process measures NaN.
      if (!(error instanceof RangeError && run.ranks.isCommon(error))) throw error;
      return prefixes.map((prefix) => ({ prefix, fvu: NaN, l0: NaN }));
    }
  };
}

/** Returns the latents of this rank as they are now. */
async function trainedShare({ trainer, options }: Pick<PreparedRun, "trainer" | "options">) {
  const { activation, subtractDecoderBias } = options;
  const threshold = await trainer.threshold();
  return {
    parameters: await trainer.rawParameters(),
    options: {
      activation: threshold || activation?.kind === "jumprelu"
        ? { kind: "jumprelu" as const, threshold: threshold! }
        : activation,
      subtractDecoderBias,
    },
  };
}

function float32(batch: Batch): Float32Array {
  if (!(batch instanceof Uint16Array)) return batch;
  const { buffer, byteOffset, byteLength } = batch;
  return decodeFloats(new Uint8Array(buffer, byteOffset, byteLength), "F16");
}

async function* one(batch: Float32Array): AsyncGenerator<Float32Array, void, void> {
  yield batch;
}
