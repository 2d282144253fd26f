/**
 * Tests of the modules of WGSL of tiled products; `modules_test.ts` imports them, and counts them.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import { moduleTest } from "./module_trial.ts";

for (const width of [4, 1]) {
  const type = width === 4 ? "vec4<f32>" : "f32";
  const places = width === 4 ? "vec4<f32>(0.0, 1.0, 2.0, 3.0)" : "0.0";
  const last = width === 4 ? ".w" : "";
  moduleTest(`written_features and written_latents: four elements as ${type}`, {
    modules: ["written_features", "written_latents", "features", "activation_quads"],
    values: {
      Features: type,
      WIDTH: width,
      PLACES: places,
      Latents: type,
      LATENT_WIDTH: width,
      LATENT_PLACES: places,
    },
    declarations: `var<private> activations: array<Latents, 8>;`,
    body: `let four = vec4<f32>(5.0, 6.0, 7.0, 8.0);
  results[0] = u32(featuresOf(four)${last});
  results[1] = u32(latentsOf(four)${last});`,
  }, (values) => assertEquals([...values.slice(0, 2)], width === 4 ? [8, 8] : [5, 5]));
}

moduleTest("row_end repeats the last element of a row past its end", {
  modules: ["row_end"],
  body: `for (var left = 1u; left <= 6u; left++) {
    let v = vec4<u32>(repeatLast(vec4<f32>(5.0, 6.0, 7.0, 8.0), left));
    let at = 4u * (left - 1u) + endPlaces(left);
    results[at.x] = v.x; results[at.y] = v.y; results[at.z] = v.z; results[at.w] = v.w;
  }`,
}, (values) =>
  assertEquals([...values.slice(0, 24)].filter((v) => v > 4), [
    ...[5, 5, 6, 5, 6, 7],
    ...[5, 6, 7, 8, 5, 6, 7, 8, 5, 6, 7, 8],
  ]));

moduleTest("tile_loop and tile_products multiply a tile by a tile, ragged at the end of a row", {
  modules: ["tile_loop", "tile_products", "features"],
  declarations: `const SIDE: u32 = 8u;
const DEPTH: u32 = 2u;
struct Sizes { d: u32, firstRow: u32 }
const sizes = Sizes(5u, 0u);
// All elements of row n are n + 1, in A and in B: element (n, m) of the product is d (n + 1) (m + 1).
fn rowQuad(at: u32) -> vec4<f32> { return vec4<f32>(f32(at / 5u + 1u)); }
fn latentQuad(at: u32) -> vec4<f32> { return rowQuad(at); }
fn finish(value: vec4<f32>, row: u32, column: u32) {
  let expected = 5.0 * f32(row + 1u) * (vec4<f32>(1.0, 2.0, 3.0, 4.0) + f32(column));
  if (all(value == expected)) { atomicAdd(&right, 1u); }
}
var<workgroup> right: atomic<u32>;`,
  values: { Features: "f32", WIDTH: 1 },
  workgroup: [8, 8],
  body: `var c: Products;
  let share = shareOf(local, vec2<u32>(0u), vec2<u32>(63u));
  addProducts(share, 0u, local, &c);
  for (var n = 0u; n < 16u; n++) {
    let r = n / 2u;
    finish(c[n], 4u * local.y + r % 4u + 4u * SIDE * (r / 4u), 4u * local.x + 4u * SIDE * (n % 2u));
  }
  workgroupBarrier();
  results[lane] = atomicLoad(&right);`,
}, (values) => assertEquals(values[0], 64 * 64 / 4));
