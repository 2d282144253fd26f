/** The `.wgsl` files: embedded as they are, valid as they stand, specialised by name. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { type ShaderName, shaders } from "../../kernels/webgpu/generated/shaders.ts";
import { Pipelines } from "../../kernels/webgpu/pipelines.ts";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { specialise } from "../../kernels/webgpu/shader.ts";
import { subgroupDirective, withSubgroups } from "../../kernels/webgpu/subgroups.ts";
import { webGpuTest } from "./adapter.ts";

const gpuTest = await webGpuTest();

const FOLDER = new URL("../../kernels/webgpu/shaders/", import.meta.url);
const names = Object.keys(shaders) as ShaderName[];

Deno.test("the embedded shaders are those of the files", async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--allow-read", new URL("../embed.ts", FOLDER).pathname, "--check"],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
});

gpuTest("every shader compiles as it stands in its file", async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const pipelines = new Pipelines(device);
  await Promise.all(names.map((name) => pipelines.pipeline(name)));
  device.destroy();
});

Deno.test("no shader binds more storage buffers than the weakest adapters do", () => {
  for (const name of names) {
    const storage = shaders[name].bindings.filter(([, access]) => access !== "uniform");
    assert(storage.length <= 8, `${name} binds ${storage.length}`);
  }
});

Deno.test("every shader says first what it computes", async () => {
  for (const name of names) {
    const text = await Deno.readTextFile(new URL(`${name}.wgsl`, FOLDER));
    assert(text.startsWith("// "), name);
    assert(!text.includes("#if"), name);
  }
});

Deno.test("withSubgroups() changes every shader with sums over lanes, and no other", () => {
  for (const name of names) {
    const { source } = shaders[name];
    const changed = withSubgroups(source, "enable subgroups;\n");
    const hasSums = source.includes("sumOverLanes");
    assertEquals(changed.startsWith("enable subgroups;\n"), hasSums, name);
    assertEquals(changed.includes("subgroupAdd(value)"), hasSums, name);
    if (!hasSums) assertEquals(changed, source);
  }
});

gpuTest("a device without the feature has no subgroups, and the backend says so", async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  assertEquals(await subgroupDirective(device), undefined);
  {
    using backend = await createWebGpuBackend({ device, subgroups: true });
    assertEquals(backend.subgroups, false);
  }
  device.destroy();
});

Deno.test("specialise() sets const and alias lines by name, and refuses unknown ones", () => {
  const source = "const SIDE: u32 = 8u;\nalias T = f32;\nconst ON: bool = true;";
  const shader = { source, bindings: [], fields: [] };
  const set = specialise("made up", shader, { SIDE: 16, T: "vec4<f32>", ON: false });
  assertEquals(set, "const SIDE: u32 = 16u;\nalias T = vec4<f32>;\nconst ON: bool = false;");
  assertThrows(() => specialise("made up", shader, { WIDTH: 1 }), Error, "no const or alias WIDTH");
});
