import { Refusal } from "./refusal.ts";

/** What one request holds of the bytes that are allowed in flight. */
export interface Lease {
  /** Takes as many bytes more. */
  hold(bytes: number): void;
  /** Gives all back. */
  end(): void;
}

/**
 * Bounds the bytes of all requests in flight, so that many large ones at once are told to come back
 * instead of exhausting the isolate's memory.
 */
export class Admission {
  readonly #most: number;
  readonly #seconds: number;
  readonly #leases = new Map<Lease, { bytes: number; since: number }>();

  /**
   * @param mostBytes What all requests may hold together.
   * @param seconds After which a lease lapses: where a client disconnects, Workers stop the request
   * without running what would end it.
   */
  constructor(mostBytes: number, seconds = 60) {
    this.#most = mostBytes;
    this.#seconds = seconds;
  }

  /** Bytes held now. */
  get bytes(): number {
    const oldest = Date.now() - this.#seconds * 1e3;
    let bytes = 0;
    for (const [lease, held] of this.#leases) {
      if (held.since < oldest) this.#leases.delete(lease);
      else bytes += held.bytes;
    }
    return bytes;
  }

  /** A lease on nothing yet. */
  admit(): Lease {
    const held = { bytes: 0, since: Date.now() };
    const lease: Lease = {
      hold: (bytes) => {
        if (this.bytes + bytes > this.#most) {
          throw new Refusal(503, "Too many requests are being answered, try again in a second", {
            "retry-after": "1",
          });
        }
        held.bytes += bytes;
        this.#leases.set(lease, held);
      },
      end: () => void this.#leases.delete(lease),
    };
    return lease;
  }
}
