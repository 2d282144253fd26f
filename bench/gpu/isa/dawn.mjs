/**
 * Runs in Node on the null driver: compiles WGSL by Dawn, whose compiler, Tint, is Chromium's. Arguments: the path of the
 * npm package `webgpu`, and a folder of files whose first line is `// label`, as `steps.ts` leaves them.
 */
import { readdirSync, readFileSync } from "node:fs";

const [path, folder] = process.argv.slice(2);
const { create, globals } = await import(path);
Object.assign(globalThis, globals);
const gpu = create(["backend=vulkan"]);
const adapter = await gpu.requestAdapter();
const device = await adapter.requestDevice({
  requiredFeatures: adapter.features.has("subgroups") ? ["subgroups"] : [],
  requiredLimits: {
    maxComputeWorkgroupStorageSize: adapter.limits.maxComputeWorkgroupStorageSize,
    maxStorageBuffersPerShaderStage: adapter.limits.maxStorageBuffersPerShaderStage,
  },
});
for (const name of readdirSync(folder).filter((file) => file.endsWith(".wgsl")).sort()) {
  const text = readFileSync(`${folder}/${name}`, "utf8");
  const label = text.slice(3, text.indexOf("\n"));
  // Deno needs no directive.
  const code = /subgroup[A-Z]/.test(text) ? `enable subgroups;\n${text}` : text;
  process.env.ISA_LABEL = label;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ code });
  device.createComputePipeline({ label, layout: "auto", compute: { module, entryPoint: "main" } });
  const error = await device.popErrorScope();
  if (error !== null) throw new Error(`Cannot compile ${label}: ${error.message}`);
}
process.exit(0);
