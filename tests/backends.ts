/** Every backend that the tests run on, with how closely it must agree with float64. */
import { type Backend, createBackend } from "../mod.ts";

/** A backend under test. */
export interface TestedBackend {
  readonly name: string;
  create(): Promise<Backend>;
  /** Largest relative error of the loss and of each gradient against the golden vectors. */
  readonly lossTolerance: number;
  /** The same for 150 recorded training steps. */
  readonly trajectoryTolerance: { readonly figures: number; readonly parameters: number };
}

/** All of them. */
export const backends: readonly TestedBackend[] = [
  {
    name: "reference",
    create: () => createBackend("reference"),
    // float64 throughout; results come back rounded to float32, 2^-24 relative.
    lossTolerance: 1e-6,
    trajectoryTolerance: { figures: 1e-5, parameters: 1e-4 },
  },
];
