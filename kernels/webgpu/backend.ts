/**
 * The WebGPU backend: WGSL kernels on a GPU. A program is one command encoder, one compute pass and
 * one submit; only `read`, `idle` and `withDevice` wait for the device.
 *
 * @module
 */
import type { Backend, DType, Program, Recorder, Tensor, Values } from "../kernel.ts";
import { checkShape, checkView, checkWrite, elementCount } from "../shapes.ts";
import { type DeviceChoice, givenDevice, newDevice } from "./device.ts";
import { DeviceHealth } from "./device_health.ts";
import { Memory, ownTensor, WebGpuTensor } from "./memory.ts";
import { Pipelines } from "./pipelines.ts";
import { WebGpuProgram } from "./program.ts";
import { type PlannerSettings, Recording } from "./recording.ts";
import type { SubgroupDirective } from "./compose.ts";
import {
  chooseScreening,
  hasIntegerDots,
  probeScreening,
  type Screening,
  screeningChoices,
  SLOWER,
} from "./screening_probe.ts";
import { subgroupDirective } from "./subgroups.ts";
import { chooseTile, probeTiles, tileChoiceOf } from "./tile_probe.ts";

const USAGE = { MAP_READ: 0x1, COPY_SRC: 0x4, COPY_DST: 0x8, STORAGE: 0x80 } as const;

/** A quarter of a second at 1 TF/s, and enough work for a large GPU to fill its last wave. */
const MAX_DISPATCH_FLOPS = 2 ** 38;

/** Options of the WebGPU backend. */
export interface WebGpuOptions {
  /** The device to run on, which the caller destroys. By default the backend makes one of its own. */
  readonly device?: GPUDevice;
  /** Most bytes of a binding; by default the device's limit. Larger tensors are split. */
  readonly maxBindingBytes?: number;
  /**
   * Most floating-point operations in one dispatch of a matrix product; 2³⁸ by default. Larger products are
   * split, because drivers abort dispatches that run for seconds. A slow GPU may need a lower limit.
   */
  readonly maxDispatchFlops?: number;
  /**
   * Threads on a side of a product's tile: 8 makes tiles of 64×64, 16 of 128×128. By default both are timed
   * once per GPU, which takes about half a second; on a software adapter the product's size decides.
   */
  readonly tileSide?: 8 | 16;
  /** Whether sums use subgroups if the device has them; by default only on a GPU. */
  readonly subgroups?: boolean;
}

/**
 * Makes the WebGPU backend.
 *
 * @throws {WebGpuUnavailableError} if there is no WebGPU, no adapter, or too small a one.
 * @throws {RangeError} if an option is out of its range.
 */
export async function createWebGpuBackend(options: WebGpuOptions = {}): Promise<WebGpuBackend> {
  checkOptions(options);
  const { device } = options;
  const choice = device ? givenDevice(device) : await newDevice();
  const probe = async () => {
    const small = new WebGpuBackend(choice, { device: choice.device, tileSide: 8 });
    const large = new WebGpuBackend(choice, { device: choice.device, tileSide: 16 });
    try {
      return chooseTile(await probeTiles({ 8: small, 16: large }));
    } finally {
      small[Symbol.dispose]();
      large[Symbol.dispose]();
    }
  };
  try {
    const tileSide = options.tileSide ??
      (choice.software ? undefined : await tileChoiceOf(choice.description, probe));
    const directive = options.subgroups ?? !choice.software
      ? await subgroupDirective(choice.device)
      : undefined;
    const screening = await screeningOf(choice, tileSide);
    return new WebGpuBackend(choice, { ...options, tileSide }, { directive, screening });
  } catch (error) {
    if (device === undefined) choice.device.destroy();
    throw error;
  }
}

/** Returns how an adapter screens: by a probe, but on a software adapter always slower. */
async function screeningOf(
  choice: DeviceChoice,
  tileSide: WebGpuOptions["tileSide"],
): Promise<Screening | undefined> {
  if (!hasIntegerDots()) return undefined;
  if (choice.software) return SLOWER;
  return await screeningChoices.of(choice.description, async () => {
    const backend = new WebGpuBackend(choice, { device: choice.device, tileSide });
    try {
      return chooseScreening(await probeScreening(backend));
    } finally {
      backend[Symbol.dispose]();
    }
  });
}

/** What has been found out about a device. */
interface Findings {
  /** How sums use subgroups, if they do. */
  readonly directive?: SubgroupDirective;
  readonly screening?: Screening;
}

function checkOptions({ tileSide, maxBindingBytes, maxDispatchFlops }: WebGpuOptions): void {
  if (tileSide !== undefined && tileSide !== 8 && tileSide !== 16) {
    throw new RangeError(
      `Cannot create a WebGPU backend: tileSide must be 8 or 16 but is ${tileSide}`,
    );
  }
  for (const [name, value] of Object.entries({ maxBindingBytes, maxDispatchFlops })) {
    if (value === undefined || value > 0) continue;
    throw new RangeError(
      `Cannot create a WebGPU backend: ${name} must be positive but is ${value}`,
    );
  }
}

/** Runs kernels in WGSL. `createWebGpuBackend` makes one. */
export class WebGpuBackend implements Backend {
  readonly name = "webgpu";
  /** The adapter's name, and the choices that affect the last bits of results: tiles and subgroups. */
  readonly description: string;
  /** Whether the adapter computes on the CPU: correct, but slow. */
  readonly software: boolean;
  /** Whether sums use subgroups. */
  readonly subgroups: boolean;
  /** Whether certified screening is faster than plain encodes; undefined where WGSL has no products of bytes. */
  readonly screening: Screening["screening"];
  readonly screenedSelections: Screening["screenedSelections"];
  readonly #device: GPUDevice;
  readonly #memory: Memory;
  readonly #pipelines: Pipelines;
  readonly #settings: PlannerSettings;
  readonly #ownsDevice: boolean;
  readonly #health: DeviceHealth;
  #disposed = false;

  /** Use `createWebGpuBackend`. */
  constructor(
    { device, description, software }: DeviceChoice,
    options: WebGpuOptions,
    { directive, screening }: Findings = {},
  ) {
    this.#device = device;
    this.software = software;
    this.subgroups = directive !== undefined;
    this.screening = screening?.screening;
    this.screenedSelections = screening?.screenedSelections ?? [];
    this.#ownsDevice = options.device === undefined;
    this.#memory = new Memory(device);
    this.#pipelines = new Pipelines(device, directive);
    const { maxStorageBufferBindingSize, maxComputeWorkgroupStorageSize } = device.limits;
    this.#settings = {
      maxBindingBytes: Math.min(options.maxBindingBytes ?? Infinity, maxStorageBufferBindingSize),
      workgroupBytes: maxComputeWorkgroupStorageSize,
      maxDispatchFlops: options.maxDispatchFlops ?? MAX_DISPATCH_FLOPS,
      tileSide: options.tileSide,
    };
    this.description = [
      description,
      ...(options.tileSide ? [`tiles ${this.tiles}`] : []),
      ...(this.subgroups ? ["subgroups"] : []),
    ].join(", ");
    this.#health = new DeviceHealth(device, description);
  }

  /** Describes the tiles of the matrix products. */
  get tiles(): string {
    const { tileSide } = this.#settings;
    return tileSide ? `${8 * tileSide}×${8 * tileSide}` : "64×64 or 128×128, by the product's size";
  }

  /** Bytes of all buffers, those of tensors and those of recorded programs. */
  get allocatedBytes(): number {
    return this.#memory.allocatedBytes;
  }

  tensor(dtype: DType, shape: readonly number[]): Tensor {
    this.#check("make a tensor");
    checkShape(shape, "make a tensor");
    const usage = USAGE.STORAGE | USAGE.COPY_SRC | USAGE.COPY_DST;
    const what = `make a tensor ${dtype}[${shape}]`;
    const allocation = this.#memory.allocate(4 * elementCount(shape), usage, what);
    return new WebGpuTensor(dtype, shape, this.#memory, allocation, true);
  }

  view(tensor: Tensor, shape: readonly number[]): Tensor {
    checkView(tensor, shape);
    const { dtype, allocation } = ownTensor(tensor, this.#memory);
    return new WebGpuTensor(dtype, shape, this.#memory, allocation, false);
  }

  write(tensor: Tensor, data: ArrayLike<number>): void {
    this.#check("write a tensor");
    const { allocation, dtype } = ownTensor(tensor, this.#memory);
    checkWrite(tensor, data);
    const Kind = dtype === "f32" ? Float32Array : Uint32Array;
    const array = data instanceof Kind ? data : Kind.from(data);
    this.#device.queue.writeBuffer(allocation.buffer, 0, array as Float32Array<ArrayBuffer>);
  }

  async read(tensor: Tensor): Promise<Values> {
    this.#check("read a tensor");
    const { allocation, bytes, dtype } = ownTensor(tensor, this.#memory);
    const usage = USAGE.MAP_READ | USAGE.COPY_DST;
    const staging = this.#memory.allocate(bytes, usage, `read a tensor [${tensor.shape}]`);
    try {
      const encoder = this.#device.createCommandEncoder();
      encoder.copyBufferToBuffer(allocation.buffer, 0, staging.buffer, 0, bytes);
      this.#device.queue.submit([encoder.finish()]);
      await this.#health.settle("read a tensor", () => staging.buffer.mapAsync(GPUMapMode.READ));
      const copy = staging.buffer.getMappedRange().slice(0);
      staging.buffer.unmap();
      return dtype === "f32" ? new Float32Array(copy) : new Uint32Array(copy);
    } finally {
      staging[Symbol.dispose]();
    }
  }

  async record(body: (r: Recorder) => void): Promise<Program> {
    this.#check("record a program");
    const recording = new Recording(this.#settings);
    body(recording.recorder());
    const compile = () =>
      WebGpuProgram.compile(recording, this.#device, this.#memory, this.#pipelines);
    return await this.#health.settle("record a program", compile);
  }

  submit(program: Program): void {
    this.#check("submit a program");
    const own = program as WebGpuProgram;
    for (const tensor of own.tensors) ownTensor(tensor, this.#memory);
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    own.encode(pass);
    pass.end();
    this.#device.queue.submit([encoder.finish()]);
  }

  /** Hands the device and a program of its own to a task that waits for the device, such as a benchmark's. */
  async withDevice<Result>(
    task: string,
    program: Program,
    run: (device: GPUDevice, program: WebGpuProgram) => Promise<Result>,
  ): Promise<Result> {
    this.#check(task);
    const own = program as WebGpuProgram;
    for (const tensor of own.tensors) ownTensor(tensor, this.#memory);
    return await this.#health.settle(task, () => run(this.#device, own));
  }

  async idle(): Promise<void> {
    this.#check("wait for the device");
    await this.#health.settle(
      "wait for the device",
      () => this.#device.queue.onSubmittedWorkDone(),
    );
  }

  /** Stops using the device, and destroys it if the backend made it. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#health[Symbol.dispose]();
    if (this.#ownsDevice) this.#device.destroy();
  }

  #check(task: string): void {
    if (this.#disposed) throw new TypeError(`Cannot ${task}: the backend is disposed`);
    this.#health.check(task);
  }
}
