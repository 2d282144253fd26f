/**
 * Trials of the modules by which the k largest activations of a row are found from bounds.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { moduleTest } from "./module_trial.ts";

for (const [SHIFT, threshold] of [[0, 100.25], [16, 100]]) {
  moduleTest(
    `kth_largest finds the 8th largest, its ties, and few positives, but for ${SHIFT} bits`,
    {
      modules: ["kth_largest", "digit_counts", "digit", "row_bits", "scan_over_lanes"],
      values: { SHIFT },
      declarations: `struct Sizes { N: u32 }
const sizes = Sizes(128u);
var<workgroup> activations: array<f32, 256>;`,
      // Of the first row five are larger and four equal, of the second four are positive.
      body: `var value = -1.0;
  if (lane % 30u == 7u) { value = 200.0 + f32(lane); }
  if (lane >= 128u || lane < 4u) { value = select(-1.0, 100.25, lane < 4u || lane > 251u); }
  activations[lane] = value;
  workgroupBarrier();
  let found = kthLargest(lane, 0u, 8u);
  let few = kthLargest(lane, 128u, 8u);
  results[lane] = 0u;
  if (lane < 3u) { results[lane] = found[lane]; }
  if (lane == 3u) { results[lane] = few.x + few.y + few.z; }`,
    },
    (values) => {
      const bits = new Uint32Array(Float32Array.of(threshold).buffer)[0];
      assertEquals([...values.slice(0, 4)], [bits & (SHIFT ? 0xffff0000 : -1), 3, 4, 0]);
    },
  );
}

for (const [type, width] of [["vec4<f32>", 4], ["f32", 1]] as const) {
  const d = width === 4 ? 36 : 35, rows = 3;
  const counts = Array.from({ length: rows * d }, (_, e) => e);
  const array = (values: readonly number[]) => {
    const four = (n: number) => `vec4<f32>(${values.slice(4 * n, 4 * n + 4).join(", ")})`;
    const parts = width === 1 ? values : values.slice(0, values.length / 4).map((_, n) => four(n));
    return `array<Features, ${parts.length}>(${parts.join(", ")})`;
  };
  const input = counts.slice(0, d).map((k) => k % 5);
  moduleTest(`candidate_dots multiplies a row by the last of a list, read as ${type}`, {
    modules: ["candidate_dots", "features"],
    values: { Features: type, WIDTH: width },
    declarations: `struct Sizes { d: u32 }
const sizes = Sizes(${d}u);
var<private> input: array<Features, ${d / width}> = ${array(input)};
var<private> encoder: array<Features, ${rows * d / width}> = ${array(counts)};
var<workgroup> list: array<u32, 100>;`,
    // The last fifty before the end of the list.
    body: `list[lane] = lane % 3u;
  if (lane < 36u) { list[64u + lane] = (64u + lane) % 3u; }
  workgroupBarrier();
  results[lane] = u32(product(0u, lane, 50u, 90u));`,
    workgroup: [64, 1],
  }, (values) => {
    for (let lane = 0; lane < 50; lane++) {
      const i = (89 - lane) % 3;
      assertEquals(values[lane], input.reduce((sum, x, k) => sum + x * (i * d + k), 0));
    }
  });
}

moduleTest("byte_products multiplies a tile of bytes, of which rows end within a quad", {
  modules: ["byte_products"],
  // Two rows of two digits each and three latents of a slice, five words each; all bytes of a row are alike.
  declarations: `const SIDE: u32 = 8u;
const DEPTH: u32 = 1u;
struct Sizes { rows: u32, words: u32, latents: u32, firstLatent: u32 }
const sizes = Sizes(2u, 5u, 3u, 1u);
var<private> quantizedRows: array<u32, 24>;
var<private> quantizedLatents: array<u32, 24>;`,
  values: { Words: "u32", WIDTH: 1 },
  workgroup: [8, 8],
  body: `for (var n = 0u; n < 20u; n++) {
    quantizedRows[n] = select(0x03030303u, 0x05050505u, n >= 10u);
    quantizedLatents[n] = 0x01010101u * (255u - n / 5u);
  }
  var c: Sums;
  addByteProducts(vec2<u32>(0u), lane, local, &c);
  results[lane] = bitcast<u32>(c[0].x);`,
}, (values) => {
  for (let lane = 0; lane < 64; lane++) {
    const q = lane < 8 ? 3 : 5, r = -2 - Math.min(lane % 8, 2);
    assertEquals(values[lane] | 0, 20 * q * r);
  }
});

moduleTest("drop_below drops what is below a bound or negative, and keeps the ends of a row", {
  modules: ["drop_below", "row_bits"],
  declarations: `struct Sizes { N: u32 }
const sizes = Sizes(250u);
var<workgroup> activations: array<f32, 256>;`,
  body: `activations[lane] = select(f32(lane), -f32(lane), lane % 7u == 3u);
  workgroupBarrier();
  dropBelow(lane, 2u, bitcast<u32>(100.0));
  workgroupBarrier();
  results[lane] = bitcast<u32>(activations[lane]);`,
}, (values) => {
  const kept = (lane: number) => {
    const value = lane % 7 === 3 ? -lane : lane;
    return lane < 2 || lane >= 252 || value >= 100 ? value : 0;
  };
  assertEquals([...new Float32Array(values.buffer)], Array.from(values, (_, lane) => kept(lane)));
});
