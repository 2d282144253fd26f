/**
 * Reads RDNA machine code: instructions, and what each kind of them does.
 *
 * @module
 */

/** A label or an instruction. */
export interface Line {
  readonly label?: string;
  /** The instruction's name, such as `v_fmac_f32_e32`. */
  readonly op: string;
  readonly operands: readonly string[];
}

/** Reads RADV's disassembly. */
export function parse(assembly: string): Line[] {
  const lines: Line[] = [];
  for (const text of assembly.split("\n")) {
    const label = text.match(/^(BB\d+):/)?.[1];
    if (label) lines.push({ label, op: "", operands: [] });
    const [, op, rest] = text.match(/^\t(\S+)\s*(.*?)\s*(?:;|$)/) ?? [];
    if (op) lines.push({ op, operands: rest.split(/,\s*/) });
  }
  return lines;
}

/** How many of each kind of instruction there are. */
export interface Counts {
  /** Vector instructions, the multiply-adds and dot products among them. */
  vector: number;
  /** Multiply-adds; a dot product of four int8 counts as one. */
  multiplyAdds: number;
  ldsLoads: number;
  ldsStores: number;
  /** Bytes of workgroup memory that are loaded and stored. */
  ldsBytes: number;
  loads: number;
  stores: number;
  /** Scalar instructions, waits and branches among them: they share no issue slot with vectors on AMD. */
  scalar: number;
  branches: number;
  barriers: number;
}

/** Returns the bytes that an instruction moves for each lane: `b128` and `dwordx4` are 16. */
function bytesOf(op: string): number {
  const [, bits, dwords] = op.match(/_(?:[bui](8|16|32|64|96|128)|dword(?:x(\d))?)(?:_|$)/) ?? [];
  const bytes = bits === undefined ? 4 * Number(dwords ?? 1) : Number(bits) / 8;
  return bytes * (/2addr|read2|write2/.test(op) ? 2 : 1);
}

/** Whether an instruction loads from memory through the vector units: what `s_waitcnt vmcnt` counts. */
export function isLoad(op: string): boolean {
  return /^(buffer|global|flat|image)_load/.test(op);
}

/** Returns the multiply-adds of an instruction: two if it is a pair. */
export function multiplyAddsOf(op: string): number {
  if (/^v_(fma|fmac|fmaak|fmamk|mac|mad|madak|madmk)_f(32|16)|^v_dot\d/.test(op)) return 1;
  return /^v_(dual|pk)_(fma|fmac|fmaak|fmamk)_f(32|16)/.test(op) ? 2 : 0;
}

/** Counts instructions. */
export function count(lines: Iterable<Line>): Counts {
  const c: Counts = {
    vector: 0,
    multiplyAdds: 0,
    ldsLoads: 0,
    ldsStores: 0,
    ldsBytes: 0,
    loads: 0,
    stores: 0,
    scalar: 0,
    branches: 0,
    barriers: 0,
  };
  for (const { op } of lines) {
    if (op.startsWith("v_")) {
      c.vector++;
      c.multiplyAdds += multiplyAddsOf(op);
    } else if (/^ds_(load|read)/.test(op)) {
      c.ldsLoads++;
      c.ldsBytes += bytesOf(op);
    } else if (op.startsWith("ds_")) {
      c.ldsStores++;
      c.ldsBytes += bytesOf(op);
    } else if (isLoad(op)) c.loads++;
    else if (/^(buffer|global|flat|image)_/.test(op)) c.stores++;
    else if (op.startsWith("s_")) {
      c.scalar++;
      if (/^s_c?branch/.test(op)) c.branches++;
      if (op.startsWith("s_barrier")) c.barriers++;
    }
  }
  return c;
}
