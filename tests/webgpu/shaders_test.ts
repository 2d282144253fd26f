/** The `.wgsl` files: embedded unchanged, valid once composed, specialised by name. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { composeShader, usesSubgroups } from "../../kernels/webgpu/compose.ts";
import { modules, type ShaderName, shaders } from "../../kernels/webgpu/generated/shaders.ts";
import { Pipelines } from "../../kernels/webgpu/pipelines.ts";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { bindingsOf, fieldsOf, specialise } from "../../kernels/webgpu/shader.ts";
import { subgroupDirective, WORKGROUPS } from "../../kernels/webgpu/subgroups.ts";
import { gpuTest } from "./adapter.ts";

const FOLDER = new URL("../../kernels/webgpu/shaders/", import.meta.url);
const names = Object.keys(shaders) as ShaderName[];

Deno.test("the embedded shaders equal their files", async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-lock", "--allow-read", new URL("../embed.ts", FOLDER).pathname, "--check"],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
});

gpuTest("every shader compiles as composed, without specialisation", async () => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const pipelines = new Pipelines(device);
  await Promise.all(names.map((name) => pipelines.pipeline(name)));
  device.destroy();
});

Deno.test("the host finds bindings and sizes in a shader's text, with spaces and without", () => {
  const text = `struct Sizes { rows: u32, scale: f32 }
@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;`;
  for (const source of [text, text.replaceAll(/ (?!Sizes|sizes|input|sums)/g, "")]) {
    assertEquals(bindingsOf(source), [["sizes", "uniform"], ["input", "read"], ["sums", "write"]]);
    assertEquals(fieldsOf(source), [["rows", "u32"], ["scale", "f32"]]);
  }
  assertEquals(fieldsOf("fn main() {}"), []);
});

Deno.test("no shader binds more storage buffers than the weakest adapters allow", () => {
  for (const name of names) {
    const storage = bindingsOf(shaders[name].source).filter(([, access]) => access !== "uniform");
    assert(storage.length <= 8, `${name} binds ${storage.length}`);
  }
});

Deno.test("every shader and module says first what it computes", async () => {
  for (const file of [...names, ...Object.keys(modules).map((name) => `modules/${name}`)]) {
    const text = await Deno.readTextFile(new URL(`${file}.wgsl`, FOLDER));
    assert(text.startsWith("// "), file);
    assert(!text.includes("#if"), file);
  }
});

Deno.test("composeShader() keeps a shader's line numbers and appends each of its modules once", () => {
  for (const name of names) {
    const { source, modules: used } = shaders[name];
    const composed = composeShader(name);
    assert(composed.startsWith(source), name);
    for (const module of used) {
      assertEquals(composed.split(modules[module].source).length, 2, `${name}, ${module}`);
    }
  }
});

Deno.test("every reduction over lanes follows the choice of subgroups", () => {
  for (const name of names) {
    const composed = composeShader(name, {}, "enable subgroups;");
    assertEquals(composed.startsWith("enable subgroups;"), usesSubgroups(name), name);
    assertEquals(composed.includes("subgroup"), usesSubgroups(name), name);
    // A loop that halves a span is a reduction: only modules may hold one.
    assert(!/span ?\/= ?2u/.test(shaders[name].source), `${name} reduces over lanes by itself`);
    if (!usesSubgroups(name)) assertEquals(composed, composeShader(name));
  }
});

Deno.test("subgroups are tried in every shape of workgroup that uses them", () => {
  const tried = new Set(WORKGROUPS.map(([x, y]) => y === 1 ? `${x}` : `${x}, ${y}`));
  for (const name of names.filter(usesSubgroups)) {
    for (const SIDE of name === "prefix_residuals" ? [8, 16] : [undefined]) {
      const source = composeShader(name, { SIDE });
      const size = source.match(/@workgroup_size\((.*)\)/)![1];
      const constants = source.matchAll(/^const (\w+): u32 = (\d+)u;/gm);
      const values = new Map([...constants].map(([, key, value]) => [key, value]));
      const shape = size.split(/, ?/).map((side) => values.get(side) ?? side).join(", ");
      assert(tried.has(shape), `${name}: ${shape}`);
    }
  }
});

Deno.test("the directive takes no line of its own", () => {
  const plain = composeShader("total").split("\n");
  const directed = composeShader("total", {}, "enable subgroups;").split("\n");
  const binding = (lines: string[]) => lines.findIndex((line) => line.includes("@binding(1)"));
  assertEquals(binding(directed), binding(plain));
});

Deno.test("deno task wgsl prints the composed and specialised text of a shader", async () => {
  const print = new URL("../print.ts", FOLDER).pathname;
  const run = (...args: string[]) =>
    new Deno.Command(Deno.execPath(), { args: ["run", "--no-lock", print, ...args] }).output();
  const { stdout, success } = await run("encode", "SIDE=16", "FULL=true");
  const text = new TextDecoder().decode(stdout);
  assert(success);
  assert(text.includes("const SIDE: u32 = 16u;") && text.includes("const FULL: bool = true;"));
  assert(text.includes("fn addProducts("), "the modules are missing");
  const { stderr, code } = await run("encodee");
  assertEquals(code, 1);
  assert(new TextDecoder().decode(stderr).includes('there is no shader "encodee"'));
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
  const set = specialise("made up", source, { SIDE: 16, T: "vec4<f32>", ON: false });
  assertEquals(set, "const SIDE: u32 = 16u;\nalias T = vec4<f32>;\nconst ON: bool = false;");
  assertThrows(() => specialise("made up", source, { WIDTH: 1 }), Error, "no const or alias WIDTH");
});
