import { assertRejects } from "@std/assert";
import { type BackendName, createBackend } from "../../mod.ts";
import { createWasmBackend } from "../../entries/wasm.ts";
import { createWebGpuBackend } from "../../entries/webgpu.ts";

Deno.test("createBackend() refuses options that the backend does not have", async (t) => {
  const cases: [BackendName, object, string][] = [
    ["wasm", { thread: 2 }, '"wasm" has no option "thread"; did you mean threads?'],
    ["wasm", { tileSide: 8 }, '"wasm" has no option "tileSide"; the options are tier, '],
    ["webgpu", { threads: 2 }, '"webgpu" has no option "threads"; the options are device, '],
    ["webgpu", { tilesize: 8 }, '"webgpu" has no option "tilesize"; did you mean tileSide?'],
    ["auto", { subgroup: true }, 'there is no option "subgroup"; did you mean subgroups?'],
    ["reference", { threads: 2 }, '"reference" has no option "threads"; there are none'],
  ];
  for (const [name, options, message] of cases) {
    await t.step(`${name}: ${JSON.stringify(options)}`, async () => {
      await assertRejects(
        () => createBackend(name, options),
        TypeError,
        `Cannot create a backend: ${message}`,
      );
    });
  }
});

Deno.test("createWasmBackend() and createWebGpuBackend() refuse unknown options", async () => {
  const unknown: object = { thread: 2, tile: 8 };
  await assertRejects(() => createWasmBackend(unknown), TypeError, "did you mean threads?");
  await assertRejects(() => createWebGpuBackend(unknown), TypeError, 'no option "thread"');
});

Deno.test("createWebGpuBackend() refuses values out of range before it looks for an adapter", async () => {
  const cases: [object, string][] = [
    [{ tileSide: 64 }, "tileSide must be 8 or 16 but is 64"],
    [{ maxBindingBytes: 0 }, "maxBindingBytes must be positive but is 0"],
    [{ maxDispatchFlops: NaN }, "maxDispatchFlops must be positive but is NaN"],
  ];
  for (const [options, message] of cases) {
    await assertRejects(() => createWebGpuBackend(options), RangeError, message);
  }
});

Deno.test("createBackend() refuses options that are not an object", async () => {
  const options = JSON.parse("3");
  await assertRejects(
    () => createBackend("wasm", options),
    TypeError,
    "Cannot create a backend: options must be an object but is 3 (number)",
  );
});
