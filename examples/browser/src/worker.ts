/** Trains in a worker and reports to the page at intervals. */

import { type Backend, createBackend } from "@matryoshka/sae";
import { Comparison } from "./comparison.ts";
import type { Command, Report } from "./protocol.ts";
import { webGpuSupport } from "./support.ts";

/** Milliseconds of training between two checks for messages. */
const SLICE = 40;
/** The least number of milliseconds between two reports. */
const REPORT_EVERY = 200;
/** Between two reports, training takes at least this many times as long as measuring. */
const TRAIN_TO_MEASURE = 4;

const port = globalThis as unknown as {
  postMessage(report: Report): void;
  onmessage: ((event: MessageEvent<Command>) => void) | null;
};

let backend: Backend | undefined;
let comparison: Comparison | undefined;
let running = false;
let training = false;
let seconds = 0;
let nextReport = 0;

async function open(name: "wasm" | "webgpu"): Promise<void> {
  backend = await createBackend(name);
  comparison = await Comparison.create(backend);
  const description = `${name === "wasm" ? "WASM" : "WebGPU"} (${backend.description})`;
  port.postMessage({ type: "ready", backend: description, world: comparison.world });
}

async function train(): Promise<void> {
  if (training || !comparison) return;
  training = true;
  try {
    while (running && !comparison.finished) {
      const start = performance.now();
      do await comparison.advance(); while (
        performance.now() - start < SLICE && !comparison.finished
      );
      const due = performance.now() >= nextReport || comparison.finished;
      if (!due) seconds += (performance.now() - start) / 1000;
      else await report(comparison, start);
      await mailbox();
    }
  } finally {
    training = false;
  }
}

/** Measures both autoencoders and reports to the page; `start` is when the slice began. */
async function report(comparison: Comparison, start: number): Promise<void> {
  const before = performance.now();
  const measured = await comparison.measure();
  const after = performance.now();
  seconds += (after - start) / 1000;
  nextReport = after + Math.max(REPORT_EVERY, TRAIN_TO_MEASURE * (after - before));
  port.postMessage({ type: "snapshot", snapshot: { step: comparison.step, seconds, ...measured } });
}

/** Waits for one turn of the event loop, so that commands arrive. Browsers would delay timers by 4 ms. */
function mailbox(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

async function obey(command: Command): Promise<void> {
  try {
    if (command.type === "open") return await open(command.backend);
    running = command.type === "start";
    await train();
  } catch (error) {
    running = false;
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ type: "failed", message });
  }
}

port.onmessage = ({ data }) => void obey(data);
webGpuSupport().then((webgpu) => port.postMessage({ type: "support", webgpu }));
