/**
 * Tests of the modules of WGSL of gradients and updates; `modules_test.ts` imports them, and counts them.
 *
 * @module
 */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { moduleTest } from "./module_trial.ts";

moduleTest("described_latent adds the weights of the prefixes that hold a latent", {
  modules: ["described_latent", "latent"],
  declarations: `struct Sizes { P: u32, B: f32 }
const sizes = Sizes(3u, 2.0);
var<private> bounds: array<u32, 3> = array<u32, 3>(2u, 5u, 8u);
var<private> weights: array<f32, 3> = array<f32, 3>(1.0, 2.0, 4.0);
var<private> coefficient: array<f32, 1> = array<f32, 1>(3.0);
var<private> norms: array<f32, 4> = array<f32, 4>(0.0, 0.0, 0.0, 7.0);`,
  body: `let latent = describedLatent(3u);
  results[0] = latent.block;
  results[1] = u32(latent.omega);
  results[2] = u32(latent.norm + latent.pull);`,
}, (values) => assertEquals([...values.slice(0, 3)], [1, 3 / 2 * (2 + 4), 7]));

moduleTest("adam_update moves the moments, and a parameter by the corrected ones", {
  modules: ["adam_update", "finite"],
  values: { CLIPS: false },
  declarations: `
struct Sizes { beta1: f32, rest1: f32, beta2: f32, rest2: f32, epsilon: f32, maxNorm: f32 }
const sizes = Sizes(0.5, 0.5, 0.5, 0.5, 1.0, 1.0);
var<private> gradient: array<f32, 1> = array<f32, 1>(4.0);
var<private> firstMoment: array<f32, 1> = array<f32, 1>(2.0);
var<private> secondMoment: array<f32, 1> = array<f32, 1>(2.0);
var<private> norm: array<u32, 1> = array<u32, 1>(0u);
var<private> controls: array<f32, 3> = array<f32, 3>(2.0, 0.5, 1.0);`,
  body: `results[0] = bitcast<u32>(updated(0u, 10.0));
  results[1] = bitcast<u32>(firstMoment[0]);
  results[2] = bitcast<u32>(secondMoment[0]);`,
}, (values) => {
  const [parameter, first, second] = new Float32Array(values.buffer);
  // Divisions and roots may be off by a few units in the last place.
  assertAlmostEquals(parameter, 10 - 2 * (3 / 0.5) / (Math.sqrt(9) + 1), 1e-5);
  assertEquals([first, second], [3, 9]);
});
