/** Measures one core's rates on request. The first message is the compiled module. */
/// <reference lib="webworker" />

const MEGABYTES = 256;
const START = 64; // the module's constants lie below

interface Kernels {
  readonly memory: WebAssembly.Memory;
  multiplyAdds(turns: number): number;
  copy(to: number, from: number, bytes: number): void;
}

let kernels: Kernels;

function start(module: WebAssembly.Module): void {
  kernels = new WebAssembly.Instance(module).exports as unknown as Kernels;
  kernels.memory.grow(2 * MEGABYTES * 16 + 1 - kernels.memory.buffer.byteLength / 65536);
  const floats = new Float32Array(kernels.memory.buffer);
  floats.fill(0.5, 0, 4).fill(1, 4, 8);
  floats.fill(1, START / 4); // maps every page
  for (let i = 0; i < 300; i++) kernels.multiplyAdds(1000); // until the optimising compiler has replaced the code
  copyRate();
}

/** Measures flop/s. */
function multiplyAddRate(): number {
  const turns = 50_000;
  const start = performance.now();
  kernels.multiplyAdds(turns);
  return turns * 48 * 4 * 2 / ((performance.now() - start) / 1000);
}

/** Measures bytes/s; bytes read and bytes written both count, as in the floors. */
function copyRate(): number {
  const bytes = MEGABYTES * 2 ** 20;
  const start = performance.now();
  kernels.copy(START + bytes, START, bytes);
  return 2 * bytes / ((performance.now() - start) / 1000);
}

self.onmessage = ({ data }: MessageEvent<WebAssembly.Module | "flops" | "bytes">) => {
  if (data === "flops") self.postMessage(multiplyAddRate());
  else if (data === "bytes") self.postMessage(copyRate());
  else self.postMessage(start(data));
};
