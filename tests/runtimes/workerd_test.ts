/** Cloudflare's workerd: a bundle that compiles its bytes at start-up, and one with static modules. */

import { assertEquals, assertLess } from "@std/assert";
import { stop } from "esbuild";
import { named } from "../missing.ts";
import { bundle } from "./setup/bundle.ts";
import { consumer } from "./setup/packed.ts";
import { check } from "./setup/results.ts";
import { serve } from "./setup/server.ts";
import { whyNoTools } from "./setup/tools.ts";
import {
  ISOLATE_BYTES,
  startIdleWorker,
  startWorker,
  type WorkerModules,
} from "./setup/workerd.ts";

const STATIC = "@matryoshka/sae/wasm-modules";

/** Returns the modules of the package that a Worker may import statically. */
async function staticModules(): Promise<WorkerModules> {
  const installed = new URL("node_modules/@matryoshka/sae/wasm/", await consumer());
  const modules: Record<string, string | Uint8Array> = {
    [STATIC]: await Deno.readTextFile(new URL("modules.js", installed)),
  };
  for (const tier of ["relaxed", "scalar", "simd"]) {
    const bytes = await Deno.readFile(new URL(`generated/${tier}.wasm`, installed));
    modules[`@matryoshka/sae/generated/${tier}.wasm`] = bytes;
  }
  return modules;
}

const WAYS: Record<string, { entry: string; modules(): Promise<WorkerModules> }> = {
  "bundle, compiled at start-up": {
    entry: "worker_startup.ts",
    modules: () => Promise.resolve({}),
  },
  "bundle, static modules": { entry: "worker_static.ts", modules: staticModules },
};

for (const [way, { entry, modules }] of Object.entries(WAYS)) {
  Deno.test({
    ...named(`the programme runs in workerd: ${way}`, whyNoTools()),
    async fn() {
      const source = await bundle(entry, { externals: [STATIC] });
      await stop();
      await using server = await serve();
      await using worker = await startWorker({ "worker.js": source, ...await modules() });
      const query = new URLSearchParams({ server: server.address });
      const response = await fetch(`${worker.address}/?${query}`);
      const text = await response.text();
      assertEquals(response.status, 200, text);
      await check({ runtime: "workerd", way, report: JSON.parse(text) }, ["wasm"]);
      await using idle = await startIdleWorker();
      const taken = (await worker.memory()).most - (await idle.memory()).most;
      console.log(`${(taken / 2 ** 20).toFixed(0)} MiB above a worker that does nothing`);
      assertLess(taken, ISOLATE_BYTES);
    },
  });
}
