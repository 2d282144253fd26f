/**
 * The errors that only this backend has.
 *
 * @module
 */

/** There is no WebGPU here, or no adapter, or one that is too small. */
export class WebGpuUnavailableError extends Error {
  /** The class's name. */
  override readonly name = "WebGpuUnavailableError";
}

/** The device is gone, and all that was on it: make a new backend and start from saved parameters. */
export class DeviceLostError extends Error {
  /** The class's name. */
  override readonly name = "DeviceLostError";
}
