/** The comparison of quantised rows: it permits either integer at a half, and nothing else. */

import { assertEquals } from "@std/assert";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";
import { quantizeRowsCases } from "./cases/quantize_rows.ts";
import { type Got, prepare } from "./launch.ts";
import { complaints, execute } from "./run_launch.ts";

const QUOTIENTS = [63, 10.5, -10.5, 10.49, 0.5, 62.5];

/** The complaints about a kernel that stores `stored` where the nearest integer is expected at element k. */
async function complaintsAt(k: number, stored: number, error = 0): Promise<string[]> {
  using backend = new ReferenceBackend();
  const dims = { B: 1, d: QUOTIENTS.length, W: 2 };
  const launch = prepare(quantizeRowsCases.kernel, {
    dims,
    constants: {},
    inputs: { input: QUOTIENTS },
  });
  const [outcome] = await execute(backend, quantizeRowsCases.kernel, launch);
  const got = Object.fromEntries(outcome) as Got<typeof quantizeRowsCases.kernel>;
  const words = Uint32Array.from(got.quantized), bounds = Float64Array.from(got.bounds);
  const integers = QUOTIENTS.map((_, n) => (words[n >> 2] >>> (8 * (n & 3)) & 255) - 64);
  integers[k] = stored;
  words[k >> 2] &= ~(255 << (8 * (k & 3)));
  words[k >> 2] |= (stored + 64) << (8 * (k & 3));
  bounds[2] = Math.hypot(...QUOTIENTS.map((quotient, n) => quotient - integers[n])) + error;
  bounds[3] = Math.hypot(...integers);
  outcome.set("quantized", words).set("bounds", bounds);
  return complaints(quantizeRowsCases, launch, outcome).map((text) => text.split(" ")[0]);
}

Deno.test("a quotient halfway between two integers may become either", async () => {
  assertEquals(await complaintsAt(1, 10), []);
  assertEquals(await complaintsAt(1, 11), []);
  assertEquals(await complaintsAt(2, -10), []);
  assertEquals(await complaintsAt(2, -11), []);
  assertEquals(await complaintsAt(4, 0), []);
  assertEquals(await complaintsAt(5, 62), []);
});

Deno.test("a quotient becomes no other integer, and its error is that of the integer stored", async () => {
  assertEquals(await complaintsAt(1, 12), ["quantized[0]", "bounds[2]"]);
  assertEquals((await complaintsAt(3, 11))[0], "quantized[0]");
  assertEquals((await complaintsAt(0, 62))[0], "quantized[0]");
  assertEquals(await complaintsAt(1, 11, 1e-4), ["bounds[2]"]);
});
