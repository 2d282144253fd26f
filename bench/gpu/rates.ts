/**
 * Measures the device's rates: F, the flop/s of a multiply-add loop that stays in registers, and W,
 * the bytes/s of a large copy by a shader or by the copy command, whichever is faster.
 */
import type { Rates } from "../harness/floors.ts";
import type { Stopwatch } from "./stopwatch.ts";

/** vec4 sums per thread: few suit a device with few registers, many hide latency. */
const CHAINS = [4, 8] as const;
/** Multiply-adds of each sum per turn of the loop. */
const UNROLLED = 16;
const THREADS = 2 ** 20;
/** Long enough that a dispatch's start does not count, and too short for any watchdog. */
const DISPATCH_SECONDS = 0.005;

const USAGE = { COPY_SRC: 0x4, COPY_DST: 0x8, STORAGE: 0x80 } as const;

/**
 * Returns a shader that repeats c ← c·a + b on `chains` vec4 sums. a, b and the number of turns are
 * data, so that no compiler computes them in advance.
 */
function fmaShader(chains: number): string {
  const each = (line: (n: number) => string) =>
    Array.from({ length: chains }, (_, n) => line(n)).join("\n");
  return `
@group(0) @binding(0) var<storage, read> data: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4<f32>>;
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let a = data[0];
  let b = data[1];
  let turns = u32(data[2].x);
${each((n) => `  var c${n} = vec4<f32>(f32(id.x + ${n}u));`)}
  for (var turn = 0u; turn < turns; turn++) {
${Array(UNROLLED).fill(each((n) => `    c${n} = fma(c${n}, a, b);`)).join("\n")}
  }
  out[id.x % 256u] = ${Array.from({ length: chains }, (_, n) => `c${n}`).join(" + ")};
}`;
}

const COPY_SHADER = `
@group(0) @binding(0) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> copy: array<vec4<f32>>;
@compute @workgroup_size(256)
fn main(
  @builtin(global_invocation_id) id: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
) {
  let at = id.y * groups.x * 256u + id.x;
  if (at < arrayLength(&copy)) { copy[at] = source[at]; }
}`;

/** Measures F and W on a device. */
export class DeviceRates implements Disposable {
  readonly #device: GPUDevice;
  readonly #stopwatch: Stopwatch;
  readonly #stack = new DisposableStack();
  #fma: { submit: () => void; flops: number }[] = [];
  #copies: (() => void)[] = [];
  #copyBytes = 0;

  private constructor(device: GPUDevice, stopwatch: Stopwatch) {
    this.#device = device;
    this.#stopwatch = stopwatch;
  }

  /** Compiles the loops and finds out how long they must be. Copies take buffers of `copyBytes`. */
  static async start(device: GPUDevice, stopwatch: Stopwatch, copyBytes: number) {
    const rates = new DeviceRates(device, stopwatch);
    for (const chains of CHAINS) rates.#fma.push(await rates.#makeFma(chains));
    await rates.#makeCopies(copyBytes);
    return rates;
  }

  /** Measures F and W, each by its fastest variant. */
  async measure(): Promise<Rates> {
    let flops = 0;
    let bytes = 0;
    for (const fma of this.#fma) {
      flops = Math.max(flops, fma.flops / await this.#stopwatch.seconds(fma.submit));
    }
    for (const copy of this.#copies) {
      bytes = Math.max(bytes, 2 * this.#copyBytes / await this.#stopwatch.seconds(copy));
    }
    return { flops, bytes };
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  #buffer(size: number): GPUBuffer {
    const usage = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST;
    return this.#stack.adopt(
      this.#device.createBuffer({ size, usage }),
      (buffer) => buffer.destroy(),
    );
  }

  /** Returns a function that submits one dispatch. */
  async #dispatch(code: string, buffers: readonly GPUBuffer[], groups: readonly number[]) {
    const device = this.#device;
    device.pushErrorScope("validation");
    const pipeline = await device.createComputePipelineAsync({
      layout: "auto",
      compute: { module: device.createShaderModule({ code }) },
    });
    const bindGroup = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const error = await device.popErrorScope();
    if (error) throw new Error(`Cannot measure the device's rates: ${error.message}`);
    return () => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindGroup);
      pass.dispatchWorkgroups(groups[0], groups[1]);
      pass.end();
      device.queue.submit([encoder.finish()]);
    };
  }

  async #makeFma(chains: number): Promise<{ submit: () => void; flops: number }> {
    const data = this.#buffer(48);
    const out = this.#buffer(4096);
    const set = (turns: number) => {
      const a = Array(4).fill(0.999);
      const b = Array(4).fill(0.001);
      this.#device.queue.writeBuffer(data, 0, Float32Array.of(...a, ...b, turns, 0, 0, 0));
    };
    const submit = await this.#dispatch(fmaShader(chains), [data, out], [THREADS / 256, 1]);
    for (let turns = 1;; turns *= 2) {
      set(turns);
      const seconds = await this.#stopwatch.seconds(submit);
      if (seconds < DISPATCH_SECONDS) continue;
      return { submit, flops: 2 * 4 * chains * UNROLLED * THREADS * turns };
    }
  }

  async #makeCopies(bytes: number): Promise<void> {
    const device = this.#device;
    const source = this.#buffer(bytes);
    const copy = this.#buffer(bytes);
    this.#copyBytes = bytes;
    const groups = bytes / 16 / 256;
    const x = Math.min(groups, 32768);
    this.#copies = [
      await this.#dispatch(COPY_SHADER, [source, copy], [x, Math.ceil(groups / x)]),
      () => {
        const encoder = device.createCommandEncoder();
        encoder.copyBufferToBuffer(source, 0, copy, 0, bytes);
        device.queue.submit([encoder.finish()]);
      },
    ];
  }
}
