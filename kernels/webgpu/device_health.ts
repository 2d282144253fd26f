/**
 * Watches a device: whether it is lost, or has reported an error that nobody asked about.
 *
 * @module
 */
import { DeviceLostError } from "./errors.ts";

/** What has become of a device. */
export class DeviceHealth implements Disposable {
  readonly #device: GPUDevice;
  readonly #description: string;
  #lost?: string;
  #failed?: string;
  #disposed = false;

  constructor(device: GPUDevice, description: string) {
    this.#device = device;
    this.#description = description;
    device.lost.then(({ reason, message }) => this.#lost = message || reason || "unknown");
    device.addEventListener("uncapturederror", this.#onError);
  }

  /** Throws what went wrong, if anything, as the reason why `task` cannot be done. */
  check(task: string): void {
    if (this.#lost !== undefined) {
      throw new DeviceLostError(
        `Cannot ${task}: the device (${this.#description}) was lost: ${this.#lost}; ` +
          `make a new backend and resume from saved parameters`,
      );
    }
    if (this.#failed !== undefined) {
      throw new Error(`Cannot ${task}: the device reported: ${this.#failed}`);
    }
  }

  /** Waits; what went wrong with the device goes before what it made of the call. */
  async settle<T>(task: string, wait: () => Promise<T>): Promise<T> {
    try {
      const result = await wait();
      this.check(task);
      return result;
    } catch (error) {
      // A turn of the event loop, in which `lost` and uncaptured errors are told.
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (!this.#disposed) this.check(task);
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#device.removeEventListener("uncapturederror", this.#onError);
  }

  readonly #onError = (event: Event): void => {
    this.#failed ??= (event as GPUUncapturedErrorEvent).error.message;
  };
}
