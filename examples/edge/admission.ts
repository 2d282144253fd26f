import { Refusal } from "./refusal.ts";

/** The bytes in flight that one request holds. */
export interface Lease {
  /** Takes more bytes; throws a 503 if too many are in flight. */
  hold(bytes: number): void;
  /** Returns all bytes. */
  end(): void;
}

/**
 * Limits the bytes of all requests in flight. When too many large requests come at once, some are told to try again
 * instead of exhausting the isolate's memory.
 */
export class Admission {
  readonly #most: number;
  readonly #seconds: number;
  readonly #leases = new Map<Lease, { bytes: number; since: number }>();

  /**
   * @param mostBytes The bytes that all requests may hold together.
   * @param seconds The time after which a lease lapses. It is needed because Workers stop a request whose
   * client disconnects without running the code that would end the lease.
   */
  constructor(mostBytes: number, seconds = 60) {
    this.#most = mostBytes;
    this.#seconds = seconds;
  }

  /** Bytes held at present. */
  get bytes(): number {
    const oldest = Date.now() - this.#seconds * 1e3;
    let bytes = 0;
    for (const [lease, held] of this.#leases) {
      if (held.since < oldest) this.#leases.delete(lease);
      else bytes += held.bytes;
    }
    return bytes;
  }

  /** Returns a lease, which holds nothing yet. */
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
