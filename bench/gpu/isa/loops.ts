/**
 * Finds the loops of machine code, how often short ones run, and the step that a kernel repeats.
 *
 * @module
 */
import { count, type Counts, type Line } from "./instructions.ts";

/** A loop: the lines from its label to the last branch back to it. */
export interface Loop {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** What its own lines do, without those of the loops inside. */
  readonly own: Counts;
  /** How often it runs, if its bound is a constant. */
  readonly trips?: number;
}

/** Returns whether one loop lies inside another. */
export function isInside(inner: Loop, outer: Loop): boolean {
  return inner !== outer && inner.from >= outer.from && inner.to <= outer.to;
}

/** Finds all loops. */
export function loopsOf(lines: readonly Line[]): Loop[] {
  const labels = new Map<string, number>();
  const ends = new Map<string, number>();
  lines.forEach(({ label, op, operands }, n) => {
    if (label !== undefined) labels.set(label, n);
    else if (/^s_c?branch/.test(op) && labels.has(operands[0])) ends.set(operands[0], n);
  });
  const spans = [...ends].map(([name, to]) => ({ name, from: labels.get(name)!, to }));
  return spans.map((span) => {
    const inner = spans.filter((other) => isInside(other as Loop, span as Loop));
    const own = lines.slice(span.from, span.to + 1)
      .filter((_, n) =>
        !inner.some(({ from, to }) => n + span.from >= from && n + span.from <= to)
      );
    return { ...span, own: count(own), trips: tripsOf(own, lines.slice(0, span.from)) };
  });
}

const NUMBER = /^(0x[0-9a-f]+|\d+)$/;

/** Returns the value of an operand: a constant, or a scalar register that was last set to one. */
function valueOf(operand: string | undefined, before: readonly Line[]): number | undefined {
  if (operand === undefined) return undefined;
  if (NUMBER.test(operand)) return Number(operand);
  if (!/^s\d+$/.test(operand)) return undefined;
  const set = before.findLast(({ operands }) => operands[0] === operand);
  if (!/^s_movk?_i32|^s_mov_b32/.test(set?.op ?? "")) return undefined;
  return NUMBER.test(set!.operands[1]) ? Number(set!.operands[1]) : undefined;
}

/**
 * Returns how often a loop runs whose counter starts below its increment, at 0 or at a lane's number, and ends at a
 * constant: a comparison with a constant of a register that is increased by one.
 */
function tripsOf(own: readonly Line[], before: readonly Line[]): number | undefined {
  for (const { op, operands } of own) {
    if (!/^(s_cmp|v_cmpx?)_(ge|gt|le|lt|eq|lg)_[ui]32/.test(op)) continue;
    const [a, b] = operands.slice(-2);
    for (const [counter, bound] of [[a, b], [b, a]]) {
      const end = valueOf(bound, before);
      const increase = own.find((line) =>
        /^(s_addk?_[ui]32|s_addk_i32|v_add_nc_u32)/.test(line.op) && line.operands[0] === counter &&
        line.operands.includes(counter, 1)
      );
      if (end === undefined || increase === undefined) continue;
      const by = valueOf(increase.operands.slice(1).find((o) => o !== counter), before);
      // A counter that wgpu adds to every loop goes down by one.
      if (by !== undefined && by < 2 ** 31) return Math.ceil(end / by);
    }
  }
  return undefined;
}

/**
 * Returns the loop with the most multiply-adds, the innermost among equals, or else the one with the most vector
 * instructions that loads anything.
 */
export function hottest(loops: readonly Loop[]): Loop | undefined {
  const depth = (loop: Loop) => loops.filter((other) => isInside(loop, other)).length;
  const rank = (loop: Loop) => {
    const { multiplyAdds, vector } = loop.own;
    return 1e9 * multiplyAdds + (multiplyAdds > 0 ? 1e6 * depth(loop) : 0) + vector;
  };
  const working = loops.filter(({ own }) =>
    own.multiplyAdds > 0 || own.loads > 0 || own.ldsLoads > 0
  );
  return working.reduce<Loop | undefined>(
    (best, loop) => best === undefined || rank(loop) > rank(best) ? loop : best,
    undefined,
  );
}

/**
 * Returns the loop of a product's steps: the innermost around its hottest loop that brings data into workgroup memory.
 * Where the hottest loop does not read from there, it is the step itself.
 */
export function stepLoop(loops: readonly Loop[], hot: Loop): Loop {
  if (hot.own.ldsLoads === 0 || hot.own.multiplyAdds === 0) return hot;
  const around = loops.filter((loop) => loop === hot || isInside(hot, loop))
    .sort((a, b) => (a.to - a.from) - (b.to - b.from));
  return around.find((loop) => {
    const parts = [loop, ...loops.filter((other) => isInside(other, loop))];
    const has = (key: "ldsStores" | "loads") => parts.some(({ own }) => own[key] > 0);
    return has("ldsStores") && has("loads");
  }) ?? hot;
}

/**
 * Yields the lines of a loop in the order in which they run, inner loops as often as they do. A loop inside that has
 * multiply-adds of its own but no constant bound is left out: it computes what is left over where a step is cut.
 */
export function* walk(
  lines: readonly Line[],
  loops: readonly Loop[],
  loop: Loop,
  hot: Loop,
): Generator<Line> {
  const inner = loops.filter((other) => isInside(other, loop));
  const direct = inner.filter((a) => !inner.some((b) => isInside(a, b)));
  for (let n = loop.from; n <= loop.to; n++) {
    const begins = direct.find(({ from }) => from === n);
    if (begins === undefined) {
      yield lines[n];
      continue;
    }
    const rest = begins !== hot && !isInside(hot, begins) && begins.trips === undefined;
    const trips = rest && begins.own.multiplyAdds > 0 ? 0 : begins.trips ?? 1;
    for (let trip = 0; trip < trips; trip++) yield* walk(lines, loops, begins, hot);
    n = begins.to;
  }
}
