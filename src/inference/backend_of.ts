/**
 * The backends of autoencoders, for work on one that needs more than its methods.
 *
 * @module
 */
import type { Backend } from "../../kernels/kernel.ts";

/** The backend of each autoencoder, which enters itself. */
export const backends: WeakMap<object, Backend> = /* @__PURE__ */ new WeakMap();
