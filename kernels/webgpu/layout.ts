/**
 * Where in memory the temporaries of a program are. What is never needed at once may have the same place.
 *
 * @module
 */

/** A dispatch that uses a temporary. */
export interface Use {
  /** Its number: dispatches run in this order. */
  readonly at: number;
  /** The side of a branch that it belongs to: see `Recorded`. */
  readonly side: number;
  readonly writes: boolean;
}

/** The bytes of a temporary, and its uses. */
export interface Lifetime {
  readonly bytes: number;
  readonly uses: readonly Use[];
}

/** The buffer of a temporary, and its bytes before the temporary. */
export interface Place {
  readonly buffer: number;
  readonly offset: number;
}

/** Bindings start at multiples of this: WebGPU's default, and the most that a device may ask for. */
const ALIGNMENT = 256;

/**
 * Lays out temporaries in buffers, the largest first. A buffer is as large as its first temporary, and takes each
 * further one for which it has room beside those that are needed at the same time. A dispatch cannot both read and
 * write a buffer, so the temporaries that one reads and those that it writes are in different buffers.
 *
 * @param isApart Whether two sides are of one branch, so that at most one of them runs.
 */
export function layOut(
  lifetimes: readonly Lifetime[],
  isApart: (side: number, other: number) => boolean,
): { readonly places: readonly Place[]; readonly bufferBytes: readonly number[] } {
  const places: Place[] = [];
  const buffers: { readonly bytes: number; readonly held: number[] }[] = [];
  const order = [...lifetimes.keys()].filter((n) => lifetimes[n].uses.length > 0)
    .sort((a, b) => lifetimes[b].bytes - lifetimes[a].bytes);
  for (const n of order) {
    const own = lifetimes[n];
    const offsetIn = ({ bytes, held }: typeof buffers[number]) => {
      if (held.some((other) => clash(own, lifetimes[other]))) return;
      const busy = held.filter((other) => areNeededAtOnce(own, lifetimes[other], isApart))
        .map((other) => ({ from: places[other].offset, bytes: lifetimes[other].bytes }));
      const offset = firstGap(busy, own.bytes);
      return offset + own.bytes <= bytes ? offset : undefined;
    };
    let buffer = 0;
    let offset: number | undefined;
    while (buffer < buffers.length && (offset = offsetIn(buffers[buffer])) === undefined) buffer++;
    if (offset === undefined) buffers.push({ bytes: own.bytes, held: [] });
    buffers[buffer].held.push(n);
    places[n] = { buffer, offset: offset ?? 0 };
  }
  return { places, bufferBytes: buffers.map(({ bytes }) => bytes) };
}

/** Returns the first multiple of the alignment from which so many bytes are free. */
function firstGap(
  busy: readonly { readonly from: number; readonly bytes: number }[],
  bytes: number,
): number {
  let offset = 0;
  for (const other of busy.toSorted((a, b) => a.from - b.from)) {
    if (offset + bytes <= other.from) break;
    const end = ALIGNMENT * Math.ceil((other.from + other.bytes) / ALIGNMENT);
    offset = Math.max(offset, end);
  }
  return offset;
}

/** Whether a dispatch reads one and writes the other. */
function clash(a: Lifetime, b: Lifetime): boolean {
  return a.uses.some((use) =>
    b.uses.some(({ at, writes }) => at === use.at && writes !== use.writes)
  );
}

/** Whether both hold something that is still needed at some point of a run. */
function areNeededAtOnce(
  a: Lifetime,
  b: Lifetime,
  isApart: (side: number, other: number) => boolean,
): boolean {
  // Where two intervals of a run overlap, one begins within the other.
  const isUsedAmid = (user: Lifetime, { uses }: Lifetime) =>
    user.uses.some(({ at, side }) => {
      const inRun = uses.filter((use) => !isApart(use.side, side));
      return inRun.some((use) => use.at <= at) && inRun.some((use) => use.at >= at);
    });
  return isUsedAmid(a, b) || isUsedAmid(b, a);
}
