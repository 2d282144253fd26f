/**
 * Every kernel on every backend, against the float64 reference. The name of a test starts with its backend and
 * its kernel, so a filter picks them:
 *
 *     deno test -A tests/conformance --filter "encode "                 one kernel on every backend
 *     deno test -A tests/conformance --filter "wasm simd: "             every kernel on one backend
 *     deno test -A tests/conformance --filter "wasm simd: encode "      one kernel on one backend
 */

import type { AnyKernel } from "../../kernels/kernel.ts";
import { elementCount } from "../../kernels/shapes.ts";
import { backends } from "../backends.ts";
import { cases, recipeCases, screeningCases, storedCases } from "./cases.ts";
import { type KernelCases, operandShapes, prepare } from "./launch.ts";
import { complaints, describe, execute, runLaunch } from "./run_launch.ts";
import { assertNone, newRandom } from "./seed.ts";

for (const { name, screens, storedWeights, create } of backends) {
  const table = {
    ...cases,
    ...recipeCases,
    ...(screens ? screeningCases : {}),
    ...(storedWeights ? storedCases : {}),
  };
  for (const each of Object.values(table) as KernelCases<AnyKernel>[]) {
    const { kernel } = each;

    Deno.test(`${name}: ${kernel.id} agrees with its reference`, async () => {
      using backend = await create();
      const before = backend.allocatedBytes;
      const found: string[] = [];
      for (const launch of each.launches(newRandom())) {
        found.push(...await runLaunch(backend, each, launch));
      }
      if (backend.allocatedBytes !== before) {
        found.push(`${backend.allocatedBytes - before} bytes are still allocated`);
      }
      assertNone(found);
    });

    Deno.test(`${name}: ${kernel.id} gives the same bits twice`, async () => {
      using backend = await create();
      // The largest launch is the most likely to be divided among threads or workgroups.
      const size = ({ dims }: { dims: Readonly<Record<string, number>> }) =>
        Object.values(operandShapes(kernel, dims)).map(elementCount).reduce((a, b) => a + b);
      const launch = [...each.launches(newRandom())].reduce((a, b) => size(b) > size(a) ? b : a);
      const prepared = prepare(kernel, launch);
      const [first, second] = await execute(backend, kernel, prepared, 2);
      const found = complaints(each, prepared, second);
      const specified: Record<string, number | undefined> = each.specified?.(prepared) ?? {};
      for (const [operand, values] of first) {
        const again = second.get(operand)!;
        const count = specified[operand] ?? values.length;
        for (let e = 0; e < count; e++) {
          if (Object.is(values[e], again[e])) continue;
          found.push(
            `${operand}[${e}] is first ${values[e]} and then ${again[e]}\n    ${
              describe(kernel, prepared)
            }`,
          );
          break;
        }
      }
      assertNone(found);
    });
  }
}
