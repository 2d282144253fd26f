/** Puts the edge service under load and compares every answer. */
import { assertEquals } from "@std/assert";
import { readCodes } from "../../../examples/edge/read_codes.ts";
import { type Problem, topOf } from "./problem.ts";

/** A request with the expected answer. */
export interface Case {
  readonly path: string;
  readonly type: string;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly expected: Uint8Array;
}

/** The measurements of a load. */
export interface LoadFigures {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Milliseconds from sending a request until its answer was read. */
  readonly p50: number;
  readonly p99: number;
  /** Bytes of all request bodies. */
  readonly sentBytes: number;
}

/** Sends a request to the service, with a timeout. */
export async function send(
  address: string,
  { path, type, body }: Pick<Case, "path" | "type" | "body">,
): Promise<Response> {
  const signal = AbortSignal.timeout(180_000);
  const headers = { "content-type": type };
  return await fetch(address + path, { method: "POST", headers, body, signal });
}

const BINARY = "application/octet-stream";

/** Requests codes and top latents, in binary and in JSON, and compares them with those of a problem. */
export async function checkedCases(address: string, problem: Problem): Promise<Case[]> {
  const cases: Case[] = [];
  // More rows than a chunk, half a chunk, and few.
  for (const count of [80, 32, 5]) {
    const rows = problem.rows(count);
    const given = [{ path: "/codes", type: BINARY, body: new Uint8Array(rows.buffer) }];
    if (count < 80) {
      const lines = Array.from({ length: count }, (_, b) => [
        ...rows.subarray(b * rows.length / count, (b + 1) * rows.length / count),
      ]);
      const json = new TextEncoder().encode(JSON.stringify(lines));
      given.push({ path: "/latents?top=7", type: "application/json", body: json });
    }
    let codes: ReturnType<typeof readCodes> | undefined;
    for (const request of given) {
      const response = await send(address, request);
      const answer = await response.arrayBuffer();
      assertEquals(response.status, 200, new TextDecoder().decode(answer));
      cases.push({ ...request, expected: new Uint8Array(answer) });
      if (request.path === "/codes") {
        codes = readCodes(answer);
        await problem.assertCodes(codes, rows);
      } else {
        const { rows: told } = JSON.parse(new TextDecoder().decode(answer));
        for (const row of told) row.activations = row.activations.map(Math.fround);
        assertEquals(told, topOf(codes!, 7));
      }
    }
  }
  return cases;
}

/**
 * Sends so many requests, so many at a time.
 *
 * @throws {Error} if one is not answered as it has to be.
 */
export async function load(
  address: string,
  cases: readonly Case[],
  { requests, concurrency }: { readonly requests: number; readonly concurrency: number },
): Promise<LoadFigures> {
  const times: number[] = [];
  let begun = 0;
  let sentBytes = 0;
  const client = async () => {
    while (begun < requests) {
      const request = cases[begun++ % cases.length];
      const since = performance.now();
      const response = await send(address, request);
      const answer = new Uint8Array(await response.arrayBuffer());
      times.push(performance.now() - since);
      sentBytes += request.body.length;
      if (!equal(answer, request.expected)) {
        const text = response.ok ? "a different answer" : new TextDecoder().decode(answer);
        throw new Error(`Cannot load ${request.path}: status ${response.status}, ${text}`);
      }
    }
  };
  const since = performance.now();
  await Promise.all(Array.from({ length: concurrency }, client));
  const seconds = (performance.now() - since) / 1e3;
  times.sort((a, b) => a - b);
  return {
    requests,
    requestsPerSecond: requests / seconds,
    p50: times[Math.floor(0.5 * (times.length - 1))],
    p99: times[Math.floor(0.99 * (times.length - 1))],
    sentBytes,
  };
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
