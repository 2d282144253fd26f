/**
 * Puts the edge service under load in Deno and in workerd, and compares every answer. Prints the table
 * of docs/benchmarks.md.
 *
 *     deno task bench:edge [REQUESTS] [CONCURRENCY]
 */
import { median } from "./harness/statistics.ts";
import { checkedCases, load } from "../tests/examples/edge/load.ts";
import { FILE, INPUT_SIZE, PREFIX, PROBLEM } from "../tests/examples/edge/problem.ts";
import { startDeno, startIdleDeno, startWorkerd } from "../tests/examples/edge/running.ts";
import { Upstream } from "../tests/examples/edge/upstream.ts";
import type { RunningService } from "../tests/runtimes/setup/service.ts";
import { startIdleWorker } from "../tests/runtimes/setup/workerd.ts";

const requests = Number(Deno.args[0] ?? 6000);
const concurrency = Number(Deno.args[1] ?? 300);
const COLD_STARTS = 7;

type Start = (environment: Record<string, string>) => Promise<RunningService>;

const PLATFORMS: Record<string, { start: Start; startIdle: () => Promise<RunningService> }> = {
  Deno: { start: startDeno, startIdle: startIdleDeno },
  workerd: { start: startWorkerd, startIdle: startIdleWorker },
};

/** Measures the median milliseconds from starting the process until its first answer was read. */
async function coldStart(start: Start, environment: Record<string, string>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < COLD_STARTS; i++) {
    await using service = await start(environment);
    const since = performance.now();
    await (await fetch(service.address)).body?.cancel();
    times.push(service.startedIn + performance.now() - since);
  }
  return median(times);
}

/** Measures the bytes of a server that only answers. */
async function idleMemory(startIdle: () => Promise<RunningService>): Promise<number> {
  await using service = await startIdle();
  return (await service.memory()).now;
}

const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);

console.log(
  `${requests} requests, ${concurrency} at a time, of 5, 32 or 80 rows [${INPUT_SIZE}] on ${PREFIX} latents\n\n` +
    "| | requests/s | p50 ms | p99 ms | memory, MiB: idle server, before → after | cold start and first answer, ms |\n" +
    "|---|---:|---:|---:|---:|---:|",
);
for (const [platform, { start, startIdle }] of Object.entries(PLATFORMS)) {
  await using upstream = new Upstream(FILE.slice());
  const environment = { SAE_URL: upstream.url, PREFIX: `${PREFIX}` };
  const cold = await coldStart(start, environment);
  await using service = await start(environment);
  const cases = await checkedCases(service.address, PROBLEM);
  await load(service.address, cases, { requests: 3 * concurrency, concurrency });
  const before = await service.memory();
  const measured = await load(service.address, cases, { requests, concurrency });
  const after = await service.memory();
  const columns = [
    platform,
    measured.requestsPerSecond.toFixed(0),
    measured.p50.toFixed(0),
    measured.p99.toFixed(0),
    `${mebibytes(await idleMemory(startIdle))}, ${mebibytes(before.now)} → ${mebibytes(after.now)}`,
    cold.toFixed(0),
  ];
  console.log(`| ${columns.join(" | ")} |`);
}
