/**
 * Pipelines, compiled once per shader and specialisation.
 *
 * @module
 */
import { composeShader, type SubgroupDirective } from "./compose.ts";
import { type ShaderName, shaders } from "./generated/shaders.ts";
import { bindingsOf, type Specialisation } from "./shader.ts";

/** Compiles pipelines and keeps them. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #layouts = new Map<ShaderName, GPUBindGroupLayout>();
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();

  readonly #subgroups?: SubgroupDirective;

  /** With a directive, sums and scans over workgroups use subgroups. */
  constructor(device: GPUDevice, subgroups?: SubgroupDirective) {
    this.#device = device;
    this.#subgroups = subgroups;
  }

  /** Returns the layout of a shader's bind group. It is explicit, so that unused bindings stay in it. */
  layout(name: ShaderName): GPUBindGroupLayout {
    const known = this.#layouts.get(name);
    if (known) return known;
    const types = { uniform: "uniform", read: "read-only-storage", write: "storage" } as const;
    const layout = this.#device.createBindGroupLayout({
      entries: bindingsOf(shaders[name].source).map(([, access], binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: types[access] },
      })),
    });
    this.#layouts.set(name, layout);
    return layout;
  }

  /** Returns the pipeline of a shader with some of its lines set. */
  pipeline(name: ShaderName, options: Specialisation = {}): Promise<GPUComputePipeline> {
    const key = `${name} ${JSON.stringify(options)}`;
    const known = this.#pipelines.get(key);
    if (known) return known;
    const compiled = this.#compile(name, options, key);
    this.#pipelines.set(key, compiled);
    return compiled;
  }

  async #compile(
    name: ShaderName,
    options: Specialisation,
    label: string,
  ): Promise<GPUComputePipeline> {
    const device = this.#device;
    device.pushErrorScope("validation");
    const code = composeShader(name, options, this.#subgroups);
    const module = device.createShaderModule({ label, code });
    const compiling = device.createComputePipelineAsync({
      label,
      layout: device.createPipelineLayout({ bindGroupLayouts: [this.layout(name)] }),
      compute: { module, entryPoint: "main" },
    });
    const [error, compiled] = await Promise.allSettled([device.popErrorScope(), compiling]);
    const reason = error.status === "fulfilled" ? error.value?.message : undefined;
    if (compiled.status === "rejected" || reason !== undefined) {
      throw new Error(
        `Cannot compile ${label}: ${reason ?? (compiled as PromiseRejectedResult).reason}`,
      );
    }
    return compiled.value;
  }
}
