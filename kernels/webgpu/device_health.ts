/**
 * Watches a device for its loss and for uncaptured errors.
 *
 * @module
 */
import { DeviceLostError } from "./errors.ts";

/** Remembers whether a device was lost or reported an uncaptured error. */
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

  /** Throws if the device was lost or reported an error, which is then the reason why `task` cannot be done. */
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

  /** Waits for a result. If the device failed, its failure is thrown instead of the error that followed from it. */
  async settle<T>(task: string, wait: () => Promise<T>): Promise<T> {
    try {
      const result = await wait();
      this.check(task);
      return result;
    } catch (error) {
      // `lost` and uncaptured errors arrive in the next turn of the event loop.
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
