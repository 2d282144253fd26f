/** The tables of the edge service in docs/benchmarks.md. */

import { isolateBytes, type IsolateMemory } from "../../tests/runtimes/setup/isolate.ts";
import { environmentLines } from "../harness/environment.ts";
import type { EdgeResults, Largest, ServedShape, ServiceFigures } from "./results.ts";

const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);

function markdown(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rule = head.map((_, i) => i === 0 ? "---" : "---:");
  return [head, rule, ...body].map((line) => `| ${line.join(" | ")} |`).join("\n");
}

function shapeText({ storage, inputSize, latentCount }: ServedShape): string {
  return `${latentCount} × ${inputSize}, ${storage}`;
}

function isolateText({ heap, buffers, wasm }: IsolateMemory): string {
  const sum = mebibytes(heap + buffers + wasm);
  return `${mebibytes(heap)} + ${mebibytes(buffers)} + ${mebibytes(wasm)} = ${sum}`;
}

/** Returns the line of a service in its table. */
export function serviceLine(figures: ServiceFigures): string[] {
  const { platform, concurrency, requestsPerSecond, p50, p99, coldStartMs, isolate } = figures;
  const { idle, reading, loaded, most } = figures.process;
  return [
    `${platform}, ${shapeText(figures)}`,
    `${concurrency}`,
    requestsPerSecond.toFixed(requestsPerSecond < 100 ? 1 : 0),
    p50.toFixed(0),
    p99.toFixed(0),
    coldStartMs.toFixed(0),
    isolate ? isolateText(isolate.most) : "",
    [idle, ...reading === undefined ? [] : [reading], loaded, most].map(mebibytes).join(", "),
  ];
}

/** Returns the table of services. */
export function servicesTable({ services, environment }: EdgeResults): string {
  const head = [
    "platform, latents × inputs",
    "at a time",
    "requests/s",
    "p50 ms",
    "p99 ms",
    "cold start ms",
    "isolate, MiB: heap + buffers + WASM",
    "process, MiB: idle, (reading,) loaded, peak",
  ];
  const notes = environmentLines(environment).map((line) => `- ${line}.`);
  return [markdown(head, services.map(serviceLine)), "", ...notes].join("\n");
}

function largestLine(largest: Largest): string[] {
  const { storage, inputSize, latentCount, isolate, failed } = largest;
  const bytes = failed?.bytes === undefined ? "" : `: ${mebibytes(failed.bytes)} MiB`;
  return [
    storage,
    `${latentCount} × ${inputSize}`,
    (latentCount * inputSize / 1e6).toFixed(1),
    isolateText(isolate),
    (isolateBytes(isolate) / (latentCount * inputSize)).toFixed(2),
    failed ? `${failed.latentCount}${bytes}` : "",
  ];
}

/** Returns the table of the largest autoencoders that fit. */
export function largestTable({ largest }: EdgeResults): string {
  const head = [
    "weights",
    "latents × inputs",
    "N · d, millions",
    "isolate, MiB: heap + buffers + WASM",
    "bytes per weight",
    "too many latents",
  ];
  return markdown(head, largest.map(largestLine));
}
