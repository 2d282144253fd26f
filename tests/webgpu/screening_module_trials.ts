/**
 * Trials of the module that makes the factors of a screen.
 *
 * @module
 */
import { assertAlmostEquals, assertEquals, assertLessOrEqual } from "@std/assert";
import { moduleTest } from "./module_trial.ts";

const words = new Uint32Array(1), floats = new Float32Array(words.buffer);
const INFINITE = 0x7f800000, NOT_A_NUMBER = 0x7fc00000;

/** Returns WGSL's text of a float32's bits. */
function bitsOf(value: number): string {
  floats[0] = value;
  return `${words[0]}u`;
}

function array(values: readonly string[]): string {
  return `array<u32, ${values.length}>(${values.join(", ")})`;
}

function valueOf(bits: number): number {
  words[0] = bits;
  return floats[0];
}

/** s, ‖x‖, ‖x − x̂‖, ‖x̂‖, and the error of both digits, which this test does not take. */
const ROW = [0.5, 20, 1, 19, 0].map(bitsOf);
/** t, ‖E‖, ‖E − Ê‖, 64 Σ r. */
const LATENT = [0.25, 30, 0.125, -320].map(bitsOf);

const ROWS = [
  ROW,
  ROW.with(1, `${INFINITE}u`),
  ROW.with(1, `${NOT_A_NUMBER}u`),
  ROW.with(0, bitsOf(2 ** -81)),
];
const LATENTS = [
  LATENT,
  LATENT,
  LATENT.with(0, bitsOf(0)),
  LATENT.with(0, bitsOf(-1)),
  LATENT.with(1, `${INFINITE}u`),
  LATENT,
  LATENT,
  LATENT,
];
/** The second is so large that P is cut, the next to last has a bias and the last a threshold without a bound. */
const BIASES = [-1, -(2 ** 60), 0, 0, 0, 2 ** 126, 2 ** 60, 0].map(bitsOf);
const THRESHOLDS = [...[0.5, -1, 0, 0, 0, 0, 0].map(bitsOf), `${NOT_A_NUMBER}u`];
const G = 2 ** -14, H = 2 ** -23, ALL = 2 ** 60, OPEN = 2 ** 126;

const OPERANDS =
  `struct Sizes { rows: u32, latents: u32, firstLatent: u32, rounding: f32, lost: f32, least: f32 }
const sizes = Sizes(4u, 8u, 0u, 0x1p-14, 0x1p-70, 0x1p-120);
var<private> rowBounds: array<u32, 20> = ${array(ROWS.flat())};
var<private> latentBounds: array<u32, 32> = ${array(LATENTS.flat())};
var<private> encoderBias: array<u32, 8> = ${array(BIASES)};`;

moduleTest(
  "screen_factors bounds rows and latents from above, and excludes nothing without a bound",
  {
    modules: ["screen_factors", "norms_at_most"],
    values: { ACTIVATION: 2 },
    declarations: `${OPERANDS}
var<private> threshold: array<u32, 8> = ${array(THRESHOLDS)};`,
    body: `if (lane < 4u) {
    let f = bitcast<vec4<u32>>(rowFactors(lane));
    results[4u * lane] = f.x; results[4u * lane + 1u] = f.y; results[4u * lane + 2u] = f.z;
  }
  if (lane < 9u) {
    let f = latentFactors(lane);
    results[16u + 4u * lane] = f.x; results[17u + 4u * lane] = f.y;
    results[18u + 4u * lane] = f.z; results[19u + 4u * lane] = f.w;
  }`,
  },
  (values) => {
    const factors = (n: number) => [0, 1, 2].map((f) => valueOf(values[4 * n + f]));
    const [u, v, w] = factors(0);
    const up = (norm: number) => (1 + G) * norm;
    assertEquals(u, 2);
    for (
      const [got, exact] of [
        [v, (up(1) + 24 * H * up(19) + G * up(20)) / 0.5],
        [w, up(19) / 0.5],
      ]
    ) {
      assertLessOrEqual(exact, got);
      assertAlmostEquals(got / exact, 1, 1e-5);
    }
    for (const row of [1, 2, 3]) assertEquals(factors(row), [0, ALL, 0]);
    const [P, Q, T] = factors(4);
    const slack = (G + 32 * H) * 1 + 32 * H * 0.5;
    assertLessOrEqual(P, (0.5 + 1 - slack) / 0.25 + 16 * H);
    assertAlmostEquals(P, 6, 1e-3);
    assertLessOrEqual(up(30) / 0.25, Q);
    assertLessOrEqual((up(0.125) + 8 * H * up(30)) / 0.25, T);
    assertAlmostEquals(Q / 120, 1, 1e-4);
    assertAlmostEquals(T / 0.5, 1, 1e-3);
    assertEquals(values[19] | 0, -320);
    assertEquals(factors(5)[0], 2 ** 40);
    for (const latent of [2, 3, 4, 5, 6, 7]) assertEquals(factors(4 + latent), [0, ALL, 0]);
    assertEquals(factors(12), [0, -ALL, 0]);
  },
);

moduleTest(
  "bound_factors bounds rows and latents from above, and leaves open what has no bound",
  {
    modules: ["bound_factors", "norms_at_most"],
    declarations: OPERANDS,
    body: `if (lane < 4u) {
    let f = bitcast<vec4<u32>>(rowFactors(lane));
    results[4u * lane] = f.x; results[4u * lane + 1u] = f.y;
    results[4u * lane + 2u] = f.z; results[4u * lane + 3u] = f.w;
  }
  if (lane < 9u) {
    let f = latentFactors(lane);
    let four = bitcast<vec4<u32>>(vec4<f32>(f.t, f.Q, f.T, f.c));
    results[16u + 5u * lane] = four.x; results[17u + 5u * lane] = four.y;
    results[18u + 5u * lane] = four.z; results[19u + 5u * lane] = four.w;
    results[20u + 5u * lane] = bitcast<u32>(f.start);
  }`,
  },
  (values) => {
    const row = (n: number) => [0, 1, 2, 3].map((f) => valueOf(values[4 * n + f]));
    const latent = (n: number) => [0, 1, 2, 3].map((f) => valueOf(values[16 + 5 * n + f]));
    const up = (norm: number) => (1 + G) * norm;
    const atLeast = (got: number, exact: number) => {
      assertLessOrEqual(exact, got);
      assertAlmostEquals(got / exact, 1, 1e-5);
    };
    const [s, v, w, r] = row(0);
    assertEquals([s, r], [0.5, 0]);
    atLeast(v, up(1) + 24 * H * up(19) + G * up(20));
    atLeast(w, up(19));
    for (const n of [1, 2, 3]) assertEquals(row(n), [0, 0, 0, OPEN]);
    const [t, Q, T, c] = latent(0);
    assertEquals([t, values[20] | 0], [0.25, -320]);
    atLeast(Q, up(30));
    atLeast(T, up(0.125) + 8 * H * up(30));
    // The bias is −1. What is added to it is rounded to the bias's own steps.
    assertAlmostEquals(c + 1, G + 32 * H, 2 ** -23);
    assertEquals(latent(1).at(-1), Math.fround(-(2 ** 60) * (1 - G - 32 * H)));
    for (const n of [2, 3, 4, 5]) assertEquals(latent(n), [0, 0, 0, OPEN]);
    // The last latent stands for those past the end.
    assertEquals(latent(8), latent(7));
  },
);
