/** Puts the service of an autoencoder under load, and compares every answer. */

import { type Case, checkedCases, load } from "../../tests/examples/edge/load.ts";
import {
  FILE,
  INPUT_SIZE,
  PREFIX,
  PROBLEM,
  type Problem,
} from "../../tests/examples/edge/problem.ts";
import {
  type Environment,
  startDeno,
  startIdleDeno,
  startWorkerd,
} from "../../tests/examples/edge/running.ts";
import { storedProblem } from "../../tests/examples/edge/stored_problem.ts";
import { type StoredSae, writeStoredSae } from "../../tests/examples/edge/stored_sae.ts";
import { Upstream } from "../../tests/examples/edge/upstream.ts";
import type { RunningService } from "../../tests/runtimes/setup/service.ts";
import { startIdleWorker, startReadingWorker } from "../../tests/runtimes/setup/workerd.ts";
import { median } from "../harness/statistics.ts";
import type { ServedShape, ServiceFigures } from "./results.ts";

/** An autoencoder to be served. */
export interface Subject extends ServedShape {
  readonly problem: Problem;
  /** The bytes of its file, or its path. */
  readonly file: Uint8Array<ArrayBuffer> | string;
  /** The settings that it needs besides its address. */
  readonly settings: Environment;
}

/** The load of a measurement. */
export interface LoadOptions {
  readonly requests: number;
  readonly concurrency: number;
  readonly coldStarts: number;
}

/** Milliseconds between two measurements of memory. */
const WATCH_MS = 10;

const PLATFORMS = {
  Deno: { start: startDeno, startIdle: startIdleDeno },
  workerd: { start: startWorkerd, startIdle: startIdleWorker },
};

/** The small autoencoder of the tests, of which the service loads a quarter. */
export const SMALL: Subject = {
  storage: "F32",
  inputSize: INPUT_SIZE,
  latentCount: PREFIX,
  problem: PROBLEM,
  file: FILE.slice(),
  settings: { PREFIX: `${PREFIX}` },
};

/** Writes the file of an autoencoder into a folder. */
export async function storedSubject(
  sae: StoredSae,
  folder: string,
  settings: Environment = {},
): Promise<Subject> {
  const file = `${folder}/${sae.storage}-${sae.inputSize}-${sae.latentCount}.safetensors`;
  await writeStoredSae(sae, file);
  const { storage, inputSize, latentCount } = sae;
  return { storage, inputSize, latentCount, problem: storedProblem(sae), file, settings };
}

/** Measures the median milliseconds from starting the process until its first answer was read. */
async function coldStart(
  start: (environment: Environment) => Promise<RunningService>,
  environment: Environment,
  times: number,
): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < times; i++) {
    await using service = await start(environment);
    const since = performance.now();
    await answered(service);
    samples.push(service.startedIn + performance.now() - since);
  }
  return median(samples);
}

/** Waits for the first answer, which needs the autoencoder. */
async function answered(service: RunningService): Promise<void> {
  const response = await fetch(service.address);
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot load: status ${response.status}, ${text}`);
}

/** Measures a service. Throws if an answer is wrong. */
export async function measureService(
  platform: "Deno" | "workerd",
  { problem, file, settings, ...shape }: Subject,
  { requests, concurrency, coldStarts }: LoadOptions,
): Promise<ServiceFigures> {
  const { start, startIdle } = PLATFORMS[platform];
  await using upstream = new Upstream(file);
  const environment = { SAE_URL: upstream.url, ...settings };
  const coldStartMs = await coldStart(start, environment, coldStarts);
  await using service = await start(environment);
  await answered(service);
  const loaded = (await service.memory()).now;
  const cases = await checkedCases(service.address, problem);
  await load(service.address, cases, { requests: concurrency, concurrency });
  const { requestsPerSecond, p50, p99 } = await load(service.address, cases, {
    requests,
    concurrency,
  });
  const { most } = await service.memory();
  await using idle = await startIdle();
  const reading = platform === "workerd" ? await readingMemory(cases, concurrency) : undefined;
  const process = { idle: (await idle.memory()).now, reading, loaded, most };
  const isolate = platform === "workerd"
    ? await watchIsolate({ problem, file, settings, ...shape }, { requests, concurrency })
    : undefined;
  const figures = { requests, concurrency, requestsPerSecond, p50, p99, coldStartMs };
  return { platform, ...shape, ...figures, process, ...isolate && { isolate } };
}

/** Measures the peak of a Worker that only reads the same requests. */
async function readingMemory(cases: readonly Case[], concurrency: number): Promise<number> {
  await using service = await startReadingWorker();
  const expected = new TextEncoder().encode("nothing");
  const same = cases.map((each) => ({ ...each, expected }));
  await load(service.address, same, { requests: 4 * concurrency, concurrency });
  return (await service.memory()).most;
}

/** Serves again in a Worker, this time to watch the memory of its isolate from the start on. */
export async function watchIsolate(
  { problem, file, settings }: Subject,
  { requests, concurrency }: Pick<LoadOptions, "requests" | "concurrency">,
): Promise<NonNullable<ServiceFigures["isolate"]>> {
  await using upstream = new Upstream(file);
  await using service = await startWorkerd({ SAE_URL: upstream.url, ...settings });
  using meter = await service.isolate();
  meter.watch(WATCH_MS);
  await answered(service);
  const loaded = await meter.now();
  const cases = await checkedCases(service.address, problem);
  await load(service.address, cases, { requests, concurrency });
  return { loaded, most: meter.most };
}
