/**
 * Screening in inference: whether the encoder screens, and the quantised latents with which it does.
 *
 * @module
 */
import type { Backend, Tensor } from "../../kernels/kernel.ts";
import { quantizeLatents } from "../../kernels/quantize_latents.ts";
import { quantizedWords } from "../../kernels/quantize_rows.ts";
import { quantizeStored } from "../../kernels/quantize_stored.ts";
import { checkOneOf } from "../base/checks.ts";
import type { Workspace } from "../step/workspace.ts";
import type { WeightTensors } from "./weight_tensors.ts";

/** How the encoder computes. */
export interface ScreeningOption {
  /**
   * Whether the encoder first excludes latents by small integers and a bound of their error. The codes are the same,
   * bit for bit. "auto", the default, does so where it is faster; "on" is an error on a backend that cannot. Weights
   * that are kept in another type than float32 are always encoded in this way.
   */
  readonly screening?: "auto" | "on" | "off";
}

/** Returns whether to screen on this backend. */
export function resolveScreening(
  backend: Backend,
  screening: ScreeningOption["screening"] = "auto",
  task: string,
): boolean {
  checkOneOf(screening, ["auto", "on", "off"], "screening", task);
  if (screening === "on" && backend.screening === undefined) {
    throw new TypeError(
      `Cannot ${task}: screening is "on" but the backend "${backend.name}" cannot screen; ` +
        'leave it out, or set it to "auto" or "off"',
    );
  }
  return screening === "on" || screening === "auto" && backend.screening === "faster";
}

/** The latents of an encoder in small integers, which are made before the first encode. */
export class LatentScreen {
  /** [N, W] */
  readonly latents: Tensor;
  /** [N, 4] */
  readonly bounds: Tensor;
  readonly #quantize: () => Promise<void>;

  private constructor(latents: Tensor, bounds: Tensor, quantize: () => Promise<void>) {
    this.latents = latents;
    this.bounds = bounds;
    this.#quantize = quantize;
  }

  /** Makes room for the quantised latents of an encoder [N, d]. Those of int8 are the encoder's own words. */
  static create(w: Workspace, encoder: WeightTensors, d: number): LatentScreen {
    const [N, V] = encoder.values.shape;
    const latents = encoder.type === "int8"
      ? w.view(encoder.values, N, V)
      : w.u32(N, quantizedWords(d));
    const bounds = w.f32(N, 4);
    let done: Promise<void> | undefined;
    return new LatentScreen(latents, bounds, () => {
      done ??= quantize(w.backend, encoder, d, { latents, bounds });
      return done;
    });
  }

  /** Returns the first p latents, as views. They are quantised with all others. */
  prefix(w: Workspace, p: number): LatentScreen {
    const { latents, bounds } = this;
    return new LatentScreen(
      w.view(latents, p, latents.shape[1]),
      w.view(bounds, p, 4),
      this.#quantize,
    );
  }

  /** Quantises the latents, once. */
  prepare(): Promise<void> {
    return this.#quantize();
  }
}

async function quantize(
  backend: Backend,
  encoder: WeightTensors,
  d: number,
  { latents, bounds }: Pick<LatentScreen, "latents" | "bounds">,
): Promise<void> {
  const results = { quantized: latents, bounds };
  const program = await backend.record((r) => {
    if (encoder.type === "f32") {
      r.run(quantizeLatents, { encoder: encoder.values, ...results }, {});
    } else {
      const { type, values, scale } = encoder;
      r.run(quantizeStored, { stored: values, scale, ...results }, { type, d });
    }
  });
  try {
    backend.submit(program);
  } finally {
    program[Symbol.dispose]();
  }
}
