/** Figures of machine code that is written out here. */

import { assertEquals } from "@std/assert";
import { figuresOf } from "../../bench/gpu/isa/figures.ts";
import { differences, fromText, toText } from "../../bench/gpu/isa/table.ts";

const STATISTICS = {
  "VGPRs": 24,
  "Subgroups per SIMD": 16,
  "LDS size": 512,
  "Spilled SGPRs": 1,
  "Spilled VGPRs": 2,
  "Scratch size": 8,
  "Code size": 100,
};

function figures(instructions: readonly string[]) {
  const assembly = instructions.map((line) => line.endsWith(":") ? line : `\t${line} ; 00`);
  return figuresOf({ label: "kernel", statistics: STATISTICS, assembly: assembly.join("\n") });
}

const FMA = "v_fmac_f32_e32 v1, v2, v3";
const times = (count: number, line: string) => Array<string>(count).fill(line);

/** A product's step: loads for the next one, four passes of `multiplyAdds`, the wait, a store for the others. */
function product(multiplyAdds: number): string[] {
  return [
    "s_mov_b32 s5, 0",
    "BB1:",
    "s_waitcnt vmcnt(0)",
    "ds_store_b128 v9, v[16:19]",
    "s_barrier",
    "buffer_load_b128 v[16:19], v12, s[20:23], 0 offen",
    "s_mov_b32 s6, 0",
    "BB2:",
    "s_cmp_ge_u32 s6, 4",
    "s_cbranch_scc1 BB3",
    "ds_load_b128 v[4:7], v8",
    ...times(multiplyAdds, FMA),
    "v_add_nc_u32_e32 v8, 16, v8",
    "s_add_u32 s6, s6, 1",
    "s_branch BB2",
    "BB3:",
    "s_branch BB1",
  ];
}

Deno.test("a step of a product counts its inner loop as often as it runs", () => {
  const { multiplyAdds, vector, stepMultiplyAdds, stepVector, inFlight } = figures(product(100));
  assertEquals({ multiplyAdds, vector }, { multiplyAdds: 100, vector: 101 });
  assertEquals({ stepMultiplyAdds, stepVector }, { stepMultiplyAdds: 400, stepVector: 404 });
  assertEquals(inFlight, 1);
});

Deno.test("a load is hidden behind 256 multiply-adds, and exposed behind fewer", () => {
  assertEquals(figures(product(64)).exposed, 0);
  assertEquals(figures(product(63)).exposed, 1);
});

Deno.test("loads that are waited for together cost one latency, one after the other two", () => {
  const loop = (lines: readonly string[]) => ["BB1:", ...lines, FMA, "s_cbranch_scc1 BB1"];
  const load = "buffer_load_dword v1, v2, s[0:3], 0 offen";
  const together = figures(loop([load, load, "s_waitcnt vmcnt(1)", FMA, "s_waitcnt vmcnt(0)"]));
  assertEquals({ exposed: together.exposed, inFlight: together.inFlight }, {
    exposed: 1,
    inFlight: 2,
  });
  const serial = figures(loop([load, "s_waitcnt vmcnt(0)", load, "s_waitcnt vmcnt(0) lgkmcnt(0)"]));
  assertEquals({ exposed: serial.exposed, inFlight: serial.inFlight }, { exposed: 2, inFlight: 1 });
  // Waiting for results of workgroup memory is not waiting for memory.
  assertEquals(figures(loop([load, "s_waitcnt lgkmcnt(0)"])).exposed, 0);
});

Deno.test("dot products of int8, and pairs of multiply-adds, are counted as such", () => {
  const { multiplyAdds, vector } = figures([
    "v_dot4_i32_iu8 v1, v2, v3, v1",
    "v_dot4c_i32_i8_e32 v1, v2, v3",
    "v_dual_fmac_f32 v1, v2, v3 :: v_dual_fmac_f32 v4, v5, v6",
    "v_mul_f32_e32 v1, v2, v3",
    "s_endpgm",
  ]);
  assertEquals({ multiplyAdds, vector }, { multiplyAdds: 4, vector: 4 });
});

Deno.test("bytes of workgroup memory are counted by the widths of both kinds of names", () => {
  const { stepLdsBytes } = figures([
    "ds_load_b128 v[4:7], v8",
    "ds_read_b64 v[4:5], v8",
    "ds_read2_b32 v[4:5], v8",
    "ds_max_rtn_u32 v4, v8, v5",
    "ds_write_b32 v8, v5",
    "buffer_load_dwordx4 v[0:3], v8, s[0:3], 0 offen",
  ]);
  assertEquals(stepLdsBytes, 16 + 8 + 8 + 4 + 4);
});

Deno.test("a recorded table is read as it was, and each difference is named", () => {
  const one = figures(product(100));
  assertEquals({ spills: one.spills, scratch: one.scratch }, { spills: 3, scratch: 8 });
  const written = toText(new Map([["a SIDE=8", one], ["b", one]]), "Mesa 1.2.3, Deno 4");
  const { compiler, table } = fromText(written);
  assertEquals(compiler, "Mesa 1.2.3, Deno 4");
  assertEquals(differences(table, new Map([["a SIDE=8", one], ["b", one]])), []);
  const now = new Map([["a SIDE=8", { ...one, registers: 128, exposed: 4 }], ["c", one]]);
  assertEquals(differences(table, now), [
    "a SIDE=8: registers 24 → 128, exposed 0 → 4",
    "b: gone",
    "c: new",
  ]);
});
