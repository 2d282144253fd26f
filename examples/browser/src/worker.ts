/** Trains in a worker and reports to the page at intervals. */

import { type Backend, createBackend } from "@matryoshka/sae";
import { Comparison } from "./comparison.ts";
import type { Command, Report } from "./protocol.ts";
import type { Settings } from "./settings.ts";
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
let run = 0;
let running = false;
let busy = false;
let seconds = 0;
let nextReport = 0;

/** What the page has asked for since the last slice: only its last wish counts. */
let restartWith: Settings | undefined;
let tuneTo: Settings | undefined;
/** How many explorations the page waits for. */
let explorations = 0;

async function open(name: "wasm" | "webgpu"): Promise<void> {
  backend = await createBackend(name);
  const description = `${name === "wasm" ? "WASM" : "WebGPU"} (${backend.description})`;
  port.postMessage({ type: "ready", backend: description });
}

/** Does what the page has asked for until nothing is left to do. Only one call works at a time. */
async function work(): Promise<void> {
  if (busy || !backend) return;
  busy = true;
  try {
    while (true) {
      await changeSettings(backend);
      for (; explorations > 0; explorations--) await explore();
      if (!running || !comparison || comparison.finished) break;
      await trainSlice(comparison);
      await mailbox();
    }
  } finally {
    busy = false;
  }
}

async function changeSettings(backend: Backend): Promise<void> {
  if (restartWith) {
    const settings = restartWith;
    restartWith = undefined;
    tuneTo = undefined;
    comparison?.[Symbol.dispose]();
    comparison = undefined;
    comparison = await Comparison.create(backend, settings);
    seconds = 0;
    nextReport = 0;
  } else if (tuneTo) {
    const settings = tuneTo;
    tuneTo = undefined;
    await comparison!.tune(settings);
  }
}

async function explore(): Promise<void> {
  try {
    port.postMessage({ type: "explored", pieces: await comparison!.explore() });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ type: "unexplored", message });
  }
}

async function trainSlice(comparison: Comparison): Promise<void> {
  const start = performance.now();
  do await comparison.advance(); while (
    performance.now() - start < SLICE && !comparison.finished
  );
  const due = performance.now() >= nextReport || comparison.finished;
  if (due) await report(comparison, start);
  else seconds += (performance.now() - start) / 1000;
}

/** Measures both autoencoders and reports to the page; `start` is when the slice began. */
async function report(comparison: Comparison, start: number): Promise<void> {
  const measuredRun = run;
  const before = performance.now();
  const measured = await comparison.measure();
  const after = performance.now();
  seconds += (after - start) / 1000;
  nextReport = after + Math.max(REPORT_EVERY, TRAIN_TO_MEASURE * (after - before));
  port.postMessage({ type: "snapshot", run: measuredRun, snapshot: { seconds, ...measured } });
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
  switch (command.type) {
    case "open":
    case "restart":
      restartWith = command.settings;
      run = command.run;
      if (command.type === "open") await open(command.backend);
      break;
    case "tune":
      // A run that is about to start over takes the settings with it.
      if (restartWith) restartWith = command.settings;
      else tuneTo = command.settings;
      break;
    case "explore":
      explorations++;
      break;
    default:
      running = command.type === "start";
  }
  await work();
}

port.onmessage = ({ data }) => {
  obey(data).catch((error) => {
    running = false;
    const message = error instanceof Error ? error.message : String(error);
    port.postMessage({ type: "failed", message });
  });
};
webGpuSupport().then((webgpu) => port.postMessage({ type: "support", webgpu }));
