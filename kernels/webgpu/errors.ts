/**
 * Errors that only this backend throws.
 *
 * @module
 */

/** Thrown if there is no WebGPU, no adapter, or none with the limits that kernels need. */
export class WebGpuUnavailableError extends Error {
  /** The class's name. */
  override readonly name = "WebGpuUnavailableError";
}

/** Thrown after the device was lost with everything on it: make a new backend, resume from saved parameters. */
export class DeviceLostError extends Error {
  /** The class's name. */
  override readonly name = "DeviceLostError";
}
