/**
 * Runs on the null driver (see `null_device.ts`): takes training steps, so that all their pipelines are compiled. With
 * arguments, compiles these instead: shaders with values set, such as "encode SIDE=16 FULL=true", or scripts, whose
 * path ends in `.ts` and which may make any pipelines.
 *
 * Nothing is computed, and every buffer holds zeros.
 */
import { Pipelines } from "../../../kernels/webgpu/pipelines.ts";
import { type DeviceChoice, newDevice } from "../../../kernels/webgpu/device.ts";
import { WebGpuBackend } from "../../../kernels/webgpu/backend.ts";
import type { ShaderName } from "../../../kernels/webgpu/generated/shaders.ts";
import { SLOWER } from "../../../kernels/webgpu/screening_probe.ts";
import { Trainer, type TrainerOptions } from "../../../mod.ts";

/** Enough for whole tiles and for vectors of four; larger sizes give the same pipelines. */
const SIZES = { inputSize: 512, latentCount: 640, steps: 10, prefixCount: 10 };
const ROWS = 128;
const K = 32;

/** Options of the trainers whose steps are compiled, by name. */
const STEPS: Readonly<Record<string, Partial<TrainerOptions>>> = {
  relu: { activation: { kind: "relu" }, targetL0: K },
  topk: { activation: { kind: "topk", k: K } },
  batchtopk: { activation: { kind: "batchtopk", k: K } },
  jumprelu: { activation: { kind: "jumprelu", threshold: 0.01 }, thresholdTraining: {} },
  auxiliary: { activation: { kind: "topk", k: K }, auxiliary: {}, deadAfter: 1 },
  screened: { activation: { kind: "relu" }, targetL0: K, screening: "on" },
  screenedTopk: { activation: { kind: "topk", k: K }, screening: "on" },
};

/** Steps whose dense algorithm compiles nothing more. */
const SPARSE_ONLY = ["auxiliary", "screened", "screenedTopk"];

/**
 * Lets each pipeline's label reach the driver, which reads the process's environment. A pipeline that was compiled
 * before is used again: here a label stands for one text. The text is kept beside what the driver writes.
 */
function labelPipelines(): void {
  const { createComputePipelineAsync: create, createShaderModule } = GPUDevice.prototype;
  const texts = new WeakMap<GPUShaderModule, string>();
  GPUDevice.prototype.createShaderModule = function (descriptor) {
    const module = createShaderModule.call(this, descriptor);
    texts.set(module, descriptor.code);
    return module;
  };
  const compiled = new Map<string, Promise<GPUComputePipeline>>();
  GPUDevice.prototype.createComputePipelineAsync = function (descriptor) {
    const label = descriptor.label || descriptor.compute.entryPoint || "unnamed";
    const known = compiled.get(label);
    if (known !== undefined) return known;
    Deno.env.set("ISA_LABEL", label);
    try {
      const name = `${Deno.env.get("ISA_OUT")}/${String(compiled.size).padStart(3, "0")}.wgsl`;
      Deno.writeTextFileSync(name, `// ${label}\n${texts.get(descriptor.compute.module)}`);
      const pipeline = create.call(this, descriptor); // compiles before it returns
      compiled.set(label, pipeline);
      return pipeline;
    } finally {
      Deno.env.delete("ISA_LABEL");
    }
  };
}

async function takeSteps(choice: DeviceChoice): Promise<void> {
  for (const tileSide of [16, 8] as const) {
    const options = { device: choice.device, tileSide };
    using backend = new WebGpuBackend(choice, options, { directive: "", screening: SLOWER });
    for (const algorithm of ["sparse", "dense"] as const) {
      for (const [name, step] of Object.entries(STEPS)) {
        if (SPARSE_ONLY.includes(name) && algorithm === "dense") continue;
        using trainer = await Trainer.create(backend, { ...SIZES, ...step, algorithm });
        await trainer.step(new Float32Array(ROWS * SIZES.inputSize));
      }
    }
  }
}

async function compileShader(choice: DeviceChoice, text: string): Promise<void> {
  const [name, ...settings] = text.trim().split(/\s+/);
  const values = settings.map((setting) => {
    const [key, value] = setting.split("=");
    if (/^\d+$/.test(value)) return [key, Number(value)];
    return [key, value === "true" || value === "false" ? value === "true" : value];
  });
  await new Pipelines(choice.device, "").pipeline(name as ShaderName, Object.fromEntries(values));
}

labelPipelines();
if (Deno.args.length === 0) await takeSteps(await newDevice());
for (const arg of Deno.args) {
  if (arg.endsWith(".ts")) await import(new URL(arg, `file://${Deno.cwd()}/`).href);
  else await compileShader(await newDevice(), arg);
}
// The driver's threads would keep the process alive.
Deno.exit();
