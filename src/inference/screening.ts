/**
 * Screening in inference: whether the encoder screens, and the quantised latents with which it does.
 *
 * @module
 */
import type { Backend, Tensor } from "../../kernels/kernel.ts";
import type { AskedScreening } from "../model/screening.ts";
import type { Workspace } from "../step/workspace.ts";
import type { WeightTensors } from "./weight_tensors.ts";

/** How the encoder computes. */
export interface ScreeningOption {
  /**
   * Whether the encoder first excludes latents by small integers and a bound of their error. The codes are the same,
   * bit for bit. "auto", the default, does so where `backend.screening` is "faster", float32 weights only with at
   * least 96 inputs and, for the top-k activations, 64 k latents; "on" is an error on a backend that cannot. It takes
   * a byte more for each weight of the encoder that is not int8, which "off" saves.
   */
  readonly screening?: AskedScreening;
}

/** The latents of an encoder in small integers, which are made before the first encode. */
export class EncoderScreen {
  /** [N, W]; [N, 1] if nothing is screened. */
  readonly latents: Tensor;
  /** [N, 4] */
  readonly bounds: Tensor;
  readonly #quantize: (() => Promise<void>) | undefined;

  private constructor(latents: Tensor, bounds: Tensor, quantize?: () => Promise<void>) {
    this.latents = latents;
    this.bounds = bounds;
    this.#quantize = quantize;
  }

  /** Makes what stands in for the quantised latents of N stored ones that are not screened. */
  static none(w: Workspace, N: number): EncoderScreen {
    return new EncoderScreen(w.u32(N, 1), w.f32(N, 4));
  }

  /** Whether anything is screened. */
  get screens(): boolean {
    return this.#quantize !== undefined;
  }

  /** Makes room for the quantised latents of an encoder. */
  static create(w: Workspace, encoder: WeightTensors): EncoderScreen {
    const latents = encoder.placeOfQuantized(w);
    const bounds = w.f32(latents.shape[0], 4);
    let done: Promise<void> | undefined;
    return new EncoderScreen(latents, bounds, () => {
      done ??= quantize(w.backend, encoder, { quantized: latents, bounds }).catch((error) => {
        done = undefined;
        throw error;
      });
      return done;
    });
  }

  /** Returns the first p latents, as views. They are quantised with all others. */
  prefix(w: Workspace, p: number): EncoderScreen {
    const { latents, bounds } = this;
    return new EncoderScreen(
      w.view(latents, p, latents.shape[1]),
      w.view(bounds, p, 4),
      this.#quantize,
    );
  }

  /** Quantises the latents, once. */
  async prepare(): Promise<void> {
    await this.#quantize?.();
  }
}

async function quantize(
  backend: Backend,
  encoder: WeightTensors,
  results: Parameters<WeightTensors["quantize"]>[1],
): Promise<void> {
  const program = await backend.record((r) => encoder.quantize(r, results));
  try {
    backend.submit(program);
  } finally {
    program[Symbol.dispose]();
  }
}
