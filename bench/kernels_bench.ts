/**
 * Times every kernel on every backend, at the largest size of its conformance cases, once it has
 * agreed with the float64 reference.
 */
import type { AnyKernel, Tensor } from "../kernels/kernel.ts";
import { elementCount } from "../kernels/shapes.ts";
import { Random } from "../src/base/random.ts";
import { backends } from "../tests/backends.ts";
import { cases, recipeCases } from "../tests/conformance/cases.ts";
import { type KernelCases, operandShapes, prepare } from "../tests/conformance/launch.ts";
import { runLaunch } from "../tests/conformance/run_launch.ts";

for (const each of Object.values({ ...cases, ...recipeCases }) as KernelCases<AnyKernel>[]) {
  const { kernel } = each;
  const elements = ({ dims }: { dims: Readonly<Record<string, number>> }) =>
    Object.values(operandShapes(kernel, dims)).map(elementCount).reduce((a, b) => a + b);
  const launch = [...each.launches(Random.fromSeed(1))]
    // If the norm is not finite, adam skips its work.
    .filter(({ title }) => !/NaN|Infinity/.test(title ?? ""))
    .reduce((a, b) => elements(b) > elements(a) ? b : a);
  const { inputs, dims, constants } = prepare(kernel, launch);
  const size = Object.entries(dims).map(([letter, value]) => `${letter} ${value}`).join(", ");

  for (const { name, create } of backends) {
    const backend = await create();
    const complaints = await runLaunch(backend, each, launch);
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
    const shapes = operandShapes(kernel, dims);
    const operands: Record<string, Tensor> = {};
    for (const [operand, { dtype }] of Object.entries(kernel.operands)) {
      operands[operand] = backend.tensor(dtype, shapes[operand]);
      backend.write(operands[operand], inputs[operand as never]);
    }
    const program = await backend.record((r) => r.run(kernel, operands, constants));
    Deno.bench({
      name,
      group: `${kernel.id} (${size})`,
      baseline: name === "reference",
      fn: async () => {
        backend.submit(program);
        await backend.idle();
      },
    });
  }
}
