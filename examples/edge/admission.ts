import { Refusal } from "./refusal.ts";

/** The bytes in flight that one request holds. */
export interface Lease {
  /**
   * Takes more bytes, and waits a moment for them if too many are in flight. While bytes are scarce, a request
   * whose body has stalled loses its own.
   *
   * @throws {Refusal} a 503 if there is no room, a 408 if this request has lost its bytes.
   */
  hold(bytes: number): Promise<void>;
  /** Notes bytes of the body that have arrived. */
  received(bytes: number): void;
  /** Notes that the request has waited for its client. A body that makes no progress meanwhile is stalled. */
  waited(milliseconds: number): void;
  /** Notes that the body is complete: from now on the request cannot stall. */
  complete(): void;
  /** Notes that the request is alive, so that the lease does not lapse. */
  touch(): void;
  /** Whether the request has lost its bytes to others. */
  readonly evicted: boolean;
  /** Returns all bytes. */
  end(): void;
}

/** How long a request waits for room before it is refused. */
const WAIT_MS = 700;
const TICK_MS = 50;
/**
 * A body is stalled if it has received less than `PROGRESS_BYTES` while its request has waited this long. Time in which
 * the isolate computes does not count: at the size of Gemma Scope a chunk of rows takes longer.
 */
const STALL_MS = 300;
const PROGRESS_BYTES = 4096;
/** A body is stalled after this time in any case: its request may have been stopped without notice. */
const MOST_STALL_MS = 10_000;

interface Held {
  bytes: number;
  /** When the request was last known to be alive. */
  alive: number;
  /** When the last `PROGRESS_BYTES` were complete; undefined once the whole body is here. */
  progressed: number | undefined;
  /** Milliseconds for which the request has waited since then. */
  waited: number;
  /** Bytes received since then. */
  pending: number;
  evicted: boolean;
  /** Drops the request's buffer. */
  readonly release: () => void;
}

/**
 * Limits the bytes of all requests in flight, so that many large requests at once cannot exhaust the isolate's
 * memory. A client that stops sending cannot keep others out: as soon as they need its bytes, it loses them.
 *
 * Requests on Workers may not touch each other's streams. Eviction therefore only drops a buffer and sets a flag,
 * which the evicted request's own loop looks at.
 */
export class Admission {
  readonly #most: number;
  readonly #seconds: number;
  readonly #held = new Set<Held>();

  /**
   * @param mostBytes The bytes that all requests may hold together.
   * @param seconds The time without a sign of life after which a lease lapses. It is needed because Workers stop a
   * request whose client disconnects without running the code that would end the lease.
   */
  constructor(mostBytes: number, seconds: number) {
    this.#most = mostBytes;
    this.#seconds = seconds;
  }

  /** Bytes held at present. */
  get bytes(): number {
    const oldest = Date.now() - this.#seconds * 1e3;
    let bytes = 0;
    for (const held of this.#held) {
      if (held.alive < oldest) this.#evict(held);
      else bytes += held.bytes;
    }
    return bytes;
  }

  /**
   * Returns a lease, which holds nothing yet.
   *
   * @param release Called if the request loses its bytes; it must drop the buffer.
   */
  admit(release: () => void): Lease {
    const now = Date.now();
    const held: Held = {
      bytes: 0,
      alive: now,
      progressed: now,
      waited: 0,
      pending: 0,
      evicted: false,
      release,
    };
    return {
      hold: (bytes) => this.#hold(held, bytes),
      received(bytes) {
        held.alive = Date.now();
        held.pending += bytes;
        if (held.pending < PROGRESS_BYTES) return;
        held.pending = held.waited = 0;
        held.progressed = Date.now();
      },
      waited: (milliseconds) => void (held.waited += milliseconds),
      complete: () => void (held.progressed = undefined),
      touch: () => void (held.alive = Date.now()),
      get evicted() {
        return held.evicted;
      },
      end: () => void this.#held.delete(held),
    };
  }

  async #hold(held: Held, bytes: number): Promise<void> {
    const until = Date.now() + WAIT_MS;
    while (!held.evicted) {
      if (this.bytes + bytes <= this.#most || this.#evictStalled(held, bytes)) {
        held.bytes += bytes;
        this.#held.add(held);
        return;
      }
      if (Date.now() >= until) {
        throw new Refusal(503, "Too many requests are being answered, try again in a second", {
          "retry-after": "1",
        });
      }
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    throw tooSlow();
  }

  /** Evicts stalled requests, the longest stalled first, until there is room. Returns whether there is. */
  #evictStalled(asking: Held, bytes: number): boolean {
    const latest = Date.now() - MOST_STALL_MS;
    const isStalled = ({ waited, progressed = Infinity }: Held) =>
      progressed < Infinity && waited >= STALL_MS || progressed <= latest;
    const stalled = [...this.#held]
      .filter((held) => held !== asking && isStalled(held))
      .sort((a, b) => a.progressed! - b.progressed!);
    for (const held of stalled) {
      if (this.bytes + bytes <= this.#most) break;
      this.#evict(held);
    }
    return this.bytes + bytes <= this.#most;
  }

  #evict(held: Held): void {
    this.#held.delete(held);
    held.evicted = true;
    held.release();
  }
}

/** Returns the refusal of a request whose body came too slowly. */
export function tooSlow(): Refusal {
  return new Refusal(408, "The body came too slowly");
}
