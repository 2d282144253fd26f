/** The comparison of quantised rows: it permits either integer at a half, and nothing else. */

import { assertEquals } from "@std/assert";
import { ReferenceBackend } from "../../kernels/reference/backend.ts";
import { quantizeLatentsCases } from "./cases/quantize_latents.ts";
import { type Got, prepare } from "./launch.ts";
import { byteAt, storeByte } from "./quantized.ts";
import { complaints, execute } from "./run_launch.ts";

const QUOTIENTS = [127, 10.5, -10.5, 10.49, 0.5, 62.5];

/** The complaints about a kernel that stores `stored` where the nearest integer is expected at element k. */
async function complaintsAt(k: number, stored: number, error = 0): Promise<string[]> {
  using backend = new ReferenceBackend();
  const { kernel } = quantizeLatentsCases;
  const dims = { N: 1, d: QUOTIENTS.length, W: 2 };
  const launch = prepare(kernel, { dims, constants: {}, inputs: { encoder: QUOTIENTS } });
  const [outcome] = await execute(backend, kernel, launch);
  const got = Object.fromEntries(outcome) as Got<typeof kernel>;
  const integers = QUOTIENTS.map((_, n) => n === k ? stored : byteAt(got.quantized, 0, n));
  const words = Uint32Array.from(got.quantized).fill(0, 0, 2);
  integers.forEach((integer, n) => storeByte(words, 0, n, integer));
  const bounds = Float64Array.from(got.bounds);
  bounds[2] = Math.hypot(...QUOTIENTS.map((quotient, n) => quotient - integers[n])) + error;
  bounds[3] = 64 * integers.reduce((a, b) => a + b);
  outcome.set("quantized", words).set("bounds", bounds);
  return complaints(quantizeLatentsCases, launch, outcome).map((text) => text.split(" ")[0]);
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
  assertEquals((await complaintsAt(0, 126))[0], "quantized[0]");
  assertEquals(await complaintsAt(1, 11, 1e-4), ["bounds[2]"]);
});
