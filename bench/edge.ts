/**
 * Puts the edge service under load in Deno and in workerd, and compares every answer: with the small autoencoder of its
 * tests, and with one of the size of Gemma Scope's smallest. Then searches for the largest that an isolate can hold.
 *
 *     deno task bench:edge                                   all, a quarter of an hour
 *     deno task bench:edge --requests 300 --no-largest       fewer requests, no search
 *     deno task bench:record edge                            writes the results that docs/benchmarks.md shows
 */
import { parseArgs } from "node:util";
import { GEMMA_SCOPE } from "../tests/examples/edge/stored_sae.ts";
import { largestThatFits, leanSettings } from "./edge/largest.ts";
import { measureService, SMALL, storedSubject, type Subject } from "./edge/measuring.ts";
import type { EdgeResults, Largest, ServiceFigures } from "./edge/results.ts";
import { largestTable, serviceLine, servicesTable } from "./edge/tables.ts";
import { environmentLines, lookUpEnvironment } from "./harness/environment.ts";
import { writeResults } from "./harness/results_file.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "1500" },
    starts: { type: "string", default: "7" },
    largest: { type: "boolean", default: true },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
  allowNegative: true,
});
if (values.help) {
  console.log(`deno task bench:edge
  --requests COUNT      requests to each service (1500; a fifth of them to large autoencoders)
  --starts COUNT        cold starts of each service (7)
  --no-largest          leave out the search for the largest autoencoder that fits
  --json FILE           write the results`);
  Deno.exit(0);
}
const requests = Number(values.requests);
const coldStarts = Number(values.starts);
/** Requests at a time to large autoencoders. */
const CONCURRENCY = 50;
/** Requests to an autoencoder that takes 100 times as long. */
const few = Math.max(Math.ceil(requests / 5), 2 * CONCURRENCY);

/** Where to search for the largest number of latents. */
const SEARCHES = [
  ["F32", [9728, 11264], 512],
  ["F16", [18432, 20480], 512],
  ["int8", [36864, 43008], 1024],
] as const;

const environment = await lookUpEnvironment();
for (const line of environmentLines(environment)) console.log(line);
const folder = await Deno.makeTempDir();
try {
  const services: ServiceFigures[] = [];
  const measure = async (subject: Subject, requests: number, concurrency: number) => {
    for (const platform of ["Deno", "workerd"] as const) {
      const options = { requests, concurrency, coldStarts };
      const measured = await measureService(platform, subject, options);
      console.log(serviceLine(measured).join(" | "));
      services.push(measured);
    }
  };
  await measure(SMALL, requests, 300);
  for (const storage of ["int8", "F16"] as const) {
    const sae = { storage, ...GEMMA_SCOPE, seed: 1 };
    await measure(await storedSubject(sae, folder, leanSettings(storage)), few, CONCURRENCY);
  }
  const largest: Largest[] = [];
  for (const [storage, between, step] of values.largest ? SEARCHES : []) {
    const search = {
      ...GEMMA_SCOPE,
      requests: few,
      concurrency: CONCURRENCY,
      between,
      step,
      folder,
    };
    largest.push(await largestThatFits(storage, search));
  }
  const results: EdgeResults = { kind: "edge", environment, services, largest };
  console.log(`\n${servicesTable(results)}\n\n${largestTable(results)}`);
  if (values.json !== undefined) await writeResults(values.json, results);
} finally {
  await Deno.remove(folder, { recursive: true });
}
