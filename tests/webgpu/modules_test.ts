/** Each module of WGSL in a shader of its own: in its portable form, and by subgroups where it has both. */

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { ACTIVATION_CODES, PENALTY_CODES } from "../../kernels/webgpu/codes.ts";
import { modules } from "../../kernels/webgpu/generated/shaders.ts";
import { LANES, moduleTest, tried } from "./module_trial.ts";
import "./recipe_module_trials.ts";
import "./screening_module_trials.ts";
import "./selection_module_trials.ts";
import "./tile_module_trials.ts";
import "./update_module_trials.ts";

const floats = (values: Uint32Array<ArrayBuffer>) => new Float32Array(values.buffer);
/** a of the tanh penalty: on both sides of where its form changes, and beyond where the built-in one overflows. */
const TANH_ARGUMENTS = "0 1e-30 1e-3 0.1 0.25 0.499 0.5 0.501 1 2 5 20 40 89 1000 3e38".split(" ")
  .map(Number);

const each = (value: (lane: number) => number) =>
  Array.from({ length: LANES }, (_, lane) => value(lane));

moduleTest("sum_over_lanes gives every thread the sum, call after call", {
  modules: ["sum_over_lanes"],
  declarations: "alias Summand = f32;",
  body: `let first = sumOverLanes(lane, f32(lane));
  results[lane] = bitcast<u32>(first + sumOverLanes(lane, 1.0));`,
}, (values) => assertEquals([...floats(values)], each(() => 255 * 128 + 256)));

moduleTest("count_over_lanes counts past 2²⁴", {
  modules: ["count_over_lanes"],
  body: "results[lane] = countOverLanes(lane, 16777217u * (lane & 1u));",
}, (values) => assertEquals([...values], each(() => 128 * 16777217)));

moduleTest("scan_over_lanes includes the thread itself", {
  modules: ["scan_over_lanes"],
  body: "results[lane] = scanOverLanes(lane, lane + 1u);",
}, (values) => assertEquals([...values], each((lane) => (lane + 1) * (lane + 2) / 2)));

moduleTest("sum_over_segment sums 32 threads for the first of them", {
  modules: ["sum_over_segment"],
  body: `let sum = sumOverSegment(lane, f32(lane));
  results[lane] = select(0u, u32(sum), lane % 32u == 0u);`,
}, (values) => assertEquals([...values], each((lane) => lane % 32 ? 0 : 32 * lane + 496)));

moduleTest("sum_of_four sums what shares a column", {
  modules: ["sum_of_four"],
  declarations: "alias Summand = f32;",
  body: "results[lane] = u32(sumOfFour(local, f32(lane)));",
  workgroup: [64, 4],
}, (values) => assertEquals([...values], each((lane) => 4 * (lane % 64) + 64 * 6)));

moduleTest("digit finds the digit at which the count reaches what is wanted", {
  modules: ["digit", "scan_over_lanes"],
  // One of every digit: the 10th from the top is 246.
  body: "results[lane] = digitOf(lane, 1u, 10u).x * 1000u + digitOf(lane, 2u, 600u).x;",
}, (values) => assertEquals([...values], each(() => 246_256)));

moduleTest("finite knows infinities and NaN by their bits", {
  modules: ["finite"],
  body: `let bits = array<u32, 5>(0u, 0x7f7fffffu, 0x7f800000u, 0xff800000u, 0x7fc00000u);
  results[lane] = select(0u, 1u, isFinite(bits[lane % 5u]));`,
}, (values) => assertEquals([...values.slice(0, 5)], [1, 1, 0, 0, 0]));

for (
  const [kind, expected] of [["relu", 3], ["identity", -2], ["jumprelu", 0]] as const
) {
  moduleTest(`activation: ${kind}`, {
    modules: ["activation", "kept_zero"],
    declarations: "var<private> threshold: array<f32, 2> = array<f32, 2>(-1.0, 4.0);",
    values: { ACTIVATION: ACTIVATION_CODES[kind] },
    body: `results[0] = bitcast<u32>(activate(3.0, ${kind === "jumprelu" ? 1 : 0}u));
  results[1] = bitcast<u32>(activate(-2.0, 0u));`,
  }, (values) => {
    const [above, below] = floats(values);
    assertEquals(kind === "identity" ? below : above, expected);
    if (kind !== "identity") assertEquals(below, 0);
  });
}

moduleTest(
  "activation: the window keeps what is above θ, 0 and what may be flushed to 0 included",
  {
    modules: ["activation", "kept_zero"],
    declarations: "var<private> threshold: array<f32, 2> = array<f32, 2>(-1.0, 4.0);",
    values: { ACTIVATION: ACTIVATION_CODES.window, KEEPS_ZERO: true },
    // data[0] is 0, in a form that no compiler can fold.
    data: [0],
    body:
      `let pre = array<f32, 6>(data[0] - 0.5, data[0], bitcast<f32>(1u), data[0] - 1.0, data[0] + 3.0, data[0]);
  let kept = activate(pre[lane % 6u], select(0u, 1u, lane % 6u > 3u));
  results[lane] = select(0x7fc00000u, bitcast<u32>(valueOf(kept)), kept != 0.0);`,
  },
  (values) => assertEquals([...floats(values)].slice(0, 6), [-0.5, 0, 0, NaN, NaN, NaN]),
);

moduleTest("penalty: tanh stays finite and accurate from 1e-30 to infinity", {
  modules: ["penalty"],
  values: { PENALTY: PENALTY_CODES.tanh },
  data: TANH_ARGUMENTS,
  body: `let a = data[lane % ${TANH_ARGUMENTS.length}u];
  results[lane] = bitcast<u32>(select(penaltySlope(a, 1.0), penaltyValue(a, 1.0, 0.0), lane < 128u));`,
}, (values) => {
  const found = floats(values);
  for (let lane = 0; lane < 256; lane++) {
    const a = Math.fround(TANH_ARGUMENTS[lane % TANH_ARGUMENTS.length]);
    const t = Math.exp(-2 * a);
    const expected = lane < 128 ? Math.tanh(a) : 4 * t / (1 + t) ** 2;
    // WGSL permits exp(−2a) an error of 3 + 4a ulp; see modules/penalty.wgsl for the others.
    assertAlmostEquals(found[lane], expected, (12 + 4 * a) * 2 ** -23 * expected + 2 ** -126);
  }
});

moduleTest("penalty: weights are norms unless it is unweighted", {
  modules: ["penalty"],
  data: [3],
  body: "results[lane] = u32(penaltyWeight(data[0]));",
}, (values) => assertEquals([...values], each(() => 3)));

moduleTest("penalty: weights are 1 if it is unweighted", {
  modules: ["penalty"],
  values: { UNWEIGHTED: true },
  data: [3],
  body: "results[lane] = u32(penaltyWeight(data[0]));",
}, (values) => assertEquals([...values], each(() => 1)));

for (
  const [kind, value, slope] of [
    ["none", 0, 0],
    ["l1", 2, 1],
    ["log", Math.log(2.5) - 0.25, 1 / 2.5],
    ["l0", 1, 0],
  ] as const
) {
  moduleTest(`penalty: ${kind}`, {
    modules: ["penalty"],
    values: { PENALTY: PENALTY_CODES[kind] },
    data: [2, 0.5, 0.25],
    body: `results[0] = bitcast<u32>(penaltyValue(data[0], data[1], data[2]));
  results[1] = bitcast<u32>(penaltySlope(data[0], data[1]));`,
  }, (values) => {
    const [found, foundSlope] = floats(values);
    // WGSL allows a logarithm an absolute error of 2⁻²¹ and a division 2.5 ulp.
    assertAlmostEquals(found, value, 2 ** -20);
    assertAlmostEquals(foundSlope, slope, 2 ** -22);
  });
}

for (const [type, width] of [["vec4<f32>", 4], ["f32", 1]] as const) {
  moduleTest(`features: quads of rows read as ${type}`, {
    modules: ["features"],
    values: { Features: type, WIDTH: width },
    body: width === 4
      ? `let row = vec4<f32>(1.0, 2.0, 3.0, 4.0);
  results[0] = u32(quadOf(row, row, row, row).w);
  results[1] = u32(dotOf(row, row));`
      : `results[0] = u32(quadOf(1.0, 2.0, 3.0, 4.0).w);
  results[1] = u32(dotOf(5.0, 6.0));`,
  }, (values) => assertEquals([...values.slice(0, 2)], [4, 30]));
}

for (const [type, width] of [["vec4<f32>", 4], ["f32", 1]] as const) {
  const array = width === 4
    ? "array<Latents, 2>(vec4<f32>(0.0, 1.0, 2.0, 3.0), vec4<f32>(4.0, 5.0, 6.0, 7.0))"
    : "array<Latents, 8>(0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0)";
  moduleTest(`activation_quads: rows read as ${type}`, {
    modules: ["activation_quads"],
    declarations: `var<private> activations: array<Latents, ${8 / width}> = ${array};`,
    values: { Latents: type, LATENT_WIDTH: width },
    body: `let quad = vec4<u32>(activationQuad(4u));
  results[0] = 1000u * quad.x + 100u * quad.y + 10u * quad.z + quad.w;`,
  }, (values) => assertEquals(values[0], 4567));
}

moduleTest("first_ties keeps what is above the threshold and the first of what equals it", {
  modules: ["first_ties", "scan_over_lanes"],
  declarations: `struct Sizes { N: u32 }
const sizes = Sizes(300u);
var<private> activations: array<f32, 300>;`,
  // Elements are n % 3. Of those that are 1, the 86th is element 256.
  body: `for (var n = 0u; n < 300u; n++) { activations[n] = f32(n % 3u); }
  keepFirstTies(lane, 0u, bitcast<u32>(1.0), 86u);
  results[lane] = u32(activations[lane]);
  if (lane < 44u) { results[lane] += 10u * u32(activations[256u + lane]); }`,
}, (values) => {
  const kept = (n: number) => n % 3 === 2 ? 2 : n % 3 === 1 && n <= 256 ? 1 : 0;
  assertEquals([...values], each((lane) => kept(lane) + (lane < 44 ? 10 * kept(256 + lane) : 0)));
});

moduleTest("entry_runs cuts the entries of each latent into a head and windows", {
  modules: ["entry_runs"],
  declarations: `struct Sizes { N: u32, latents: u32, firstLatent: u32 }
const sizes = Sizes(3u, 3u, 0u);
var<private> latentOffsets: array<u32, 4> = array<u32, 4>(0u, 3u, 600u, 1100u);`,
  body: `let run = runOf(lane);
  results[lane] = 100000000u * run.x + 10000u * run.y + run.z;`,
}, (values) => {
  const nothing = 1_0000;
  const heads = [3, 1_0003_0512, 2_0600_1024];
  const windows = [nothing, nothing, 1_0512_0600, nothing, 2_1024_1100, nothing];
  assertEquals([...values.slice(0, 9)], [...heads, ...windows]);
});

for (const [rectified, expected] of [[true, [0, 0, 0, 2]], [false, [0, -0.5, 0, 2]]] as const) {
  moduleTest(`jumped keeps what is above θ${rectified ? " and above 0" : ""}`, {
    modules: ["jumped"],
    values: { RECTIFIED: rectified },
    data: [-1, -0.5, 0, 2],
    body: "results[lane] = bitcast<u32>(jumped(data[lane % 4u], -1.0) + 0.0);",
  }, (values) => assertEquals([...floats(values.slice(0, 4))], [...expected]));
}

for (const overActivation of [false, true]) {
  moduleTest(`window over ${overActivation ? "the activation" : "the pre-activation"}`, {
    modules: ["window", "jumped", "latent", "penalty"],
    values: { PENALTY: PENALTY_CODES.l0, OVER_ACTIVATION: overActivation },
    // θ = ¼ and h = 1: from −¼ to ¾, ends excluded.
    data: [-0.25, 0, 0.25, 0.5, 0.75, 2],
    body: `let latent = Latent(0u, 3.0, 1.0, 0.0);
  var sums = vec2<f32>(2.0, 0.0);
  for (var n = 0u; n < 6u; n++) { sums += windowTerm(data[n], 0.25, latent, 1.0, 0.0); }
  results[0] = bitcast<u32>(sums.y);
  results[1] = bitcast<u32>(gradientOfThreshold(sums, 0.25, latent, 1.0, 6.0));`,
  }, (values) => {
    const [count, gradient] = floats(values);
    // Over f: three rows are silent, 0 is near θ, and of the active ones 0.5 is near.
    const counted = overActivation ? 4 : 3;
    assertEquals(count, overActivation ? counted - 6 : counted);
    assertEquals(gradient, -0.25 * 2 - 3 * counted);
  });
}

moduleTest("dead_latent has the layout that the host expects", {
  modules: ["dead_latent"],
  body: `let dead = DeadLatent(NOBODY, 2.0, 3.0, 4.0);
  results[0] = dead.latent;
  results[1] = u32(dead.bias + dead.threshold + dead.norm);`,
}, (values) => assertEquals([...values.slice(0, 2)], [0xffffffff, 9]));

moduleTest("latent and selection have the layouts that the host and other shaders expect", {
  modules: ["latent", "selection"],
  body: `let latent = Latent(1u, 2.0, 3.0, 4.0);
  let selection = Selection(5u, 6u, 7u, 8u);
  results[0] = latent.block + u32(latent.omega + latent.norm + latent.pull);
  results[1] = selection.threshold + selection.mask + selection.wanted + selection.all;`,
}, (values) => assertEquals([...values.slice(0, 2)], [10, 26]));

Deno.test("every module has a trial", () => {
  assertEquals([...tried].sort(), Object.keys(modules).sort());
});
