/**
 * Counts the latencies of memory that a loop is exposed to, and the loads that it has under way.
 *
 * @module
 */
import { isLoad, type Line, multiplyAddsOf } from "./instructions.ts";

/** So many multiply-adds of a thread hide a load's latency: 256 to 512 clocks of a wave of 64, times the waves of a SIMD. */
const HIDES = 256;

/** What one pass through a loop waits for. */
export interface Waits {
  /** Latencies one after the other: waits for loads issued since the wait before, with few multiply-adds between. */
  readonly exposed: number;
  /** The most loads under way at once. */
  readonly inFlight: number;
}

/** Follows two passes through a loop and counts the second, when the first one's loads are under way. */
export function waitsOf(pass: readonly Line[]): Waits {
  // The loads under way, oldest first: the latency during which each was issued, and the multiply-adds before it.
  let underWay: { latency: number; multiplyAdds: number }[] = [];
  let latency = 0;
  let multiplyAdds = 0;
  let exposed = 0;
  let inFlight = 0;
  for (const _ of [0, 1]) {
    exposed = 0;
    inFlight = 0;
    for (const { op, operands } of pass) {
      multiplyAdds += multiplyAddsOf(op);
      if (isLoad(op)) {
        underWay.push({ latency, multiplyAdds });
        inFlight = Math.max(inFlight, underWay.length);
      }
      const left = op.startsWith("s_waitcnt") && operands.join().match(/vmcnt\((\d+)\)/)?.[1];
      if (left === undefined || left === false) continue;
      const done = underWay.slice(0, Math.max(0, underWay.length - Number(left)));
      underWay = underWay.slice(done.length);
      const waits = done.some((load) =>
        load.latency === latency && multiplyAdds - load.multiplyAdds < HIDES
      );
      if (!waits) continue;
      exposed++;
      latency++;
    }
  }
  return { exposed, inFlight };
}
