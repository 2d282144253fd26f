/**
 * Tests of the modules of WGSL that only the kernels of some training recipes use; `modules_test.ts` imports them, and
 * counts them.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { WHEN_CODES } from "../../kernels/webgpu/codes.ts";
import { LANES, moduleTest } from "./module_trial.ts";

const floats = (values: Uint32Array<ArrayBuffer>) => new Float32Array(values.buffer);

moduleTest("least_positive finds the least value above 0 that is finite", {
  modules: ["least_positive"],
  data: [0, -1, Infinity, NaN, 3, 0.5, 2 ** -126],
  body: "results[lane] = bitcast<u32>(leastPositive(complementOf(data[lane % 6u])));",
}, (values) => assertEquals([...floats(values)], Array(LANES).fill(0.5)));

moduleTest("least_positive gives 0 where no value is positive", {
  modules: ["least_positive"],
  data: [0, -1, -0],
  body: "results[lane] = bitcast<u32>(leastPositive(complementOf(data[lane % 3u])));",
}, (values) => assertEquals([...floats(values)], Array(LANES).fill(0)));

const ASCENDING = [-Infinity, -3, -(2 ** -126), -0, 0, 2 ** -126, 1, 3, Infinity];

moduleTest("ordered_key ascends with floats, and knows one zero", {
  modules: ["ordered_key"],
  data: ASCENDING,
  body: `let value = data[lane % 128u % ${ASCENDING.length}u];
  results[lane] = select(bitcast<u32>(floatOf(keyOf(value))), keyOf(value), lane < 128u);`,
}, (values) => {
  const keys = [...values.slice(0, ASCENDING.length)];
  assertEquals(keys.map((key) => keys.indexOf(key)), [0, 1, 2, 3, 3, 5, 6, 7, 8]);
  assertEquals(keys, [...keys].sort((a, b) => a - b));
  assert(keys[0] > 0);
  const again = floats(values).slice(128, 128 + ASCENDING.length);
  assertEquals([...again], ASCENDING.map((value) => value === 0 ? 0 : value));
});

for (
  const [what, WHEN, NORMALIZED, dead, codes, variance, expected] of [
    ["with dead latents", WHEN_CODES.dead, false, 5, 0, 4, 6 * 5 / 8],
    ["without dead latents", WHEN_CODES.dead, false, 0, 7, 4, 0],
    ["with codes", WHEN_CODES.active, true, 9, 7, 4, 6 / 4],
    ["without codes", WHEN_CODES.active, true, 9, 0, 4, 0],
    ["without variance", WHEN_CODES.always, true, 9, 7, 0, 0],
  ] as const
) {
  moduleTest(`auxiliary_factor ${what}`, {
    modules: ["auxiliary_factor"],
    declarations: `struct Sizes { B: u32, scale: f32, full: f32 }
const sizes = Sizes(1u, 6.0, 8.0);
var<private> deadCount: array<u32, 1> = array<u32, 1>(${dead}u);
var<private> rowOffsets: array<u32, 2> = array<u32, 2>(0u, ${codes}u);
var<private> variance: array<f32, 1> = array<f32, 1>(${variance}.0);`,
    values: { WHEN, NORMALIZED },
    body: "results[lane] = bitcast<u32>(auxiliaryFactor());",
  }, (values) => assertEquals(floats(values)[0], expected));
}
