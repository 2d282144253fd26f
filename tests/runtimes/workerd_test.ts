/** Cloudflare's workerd: a bundle that compiles its bytes at start-up, and one with static modules. */

import { assertEquals, assertLess } from "@std/assert";
import { stop } from "esbuild";
import { named } from "../missing.ts";
import { bundle } from "./setup/bundle.ts";
import { consumer } from "./setup/packed.ts";
import { check } from "./setup/results.ts";
import { serve } from "./setup/server.ts";
import { whyNoTools } from "./setup/tools.ts";
import { startWorkerd, type WorkerModule } from "./setup/workerd.ts";

/** What Cloudflare allows an isolate; workerd itself, beside the isolate, is not counted. */
const LIMIT = 128 * 2 ** 20;

const STATIC = "@matryoshka/sae/wasm-modules";
const TIERS = ["relaxed", "scalar", "simd"];

/** A folder with a worker: what the tests of one way need. */
async function project(source: string): Promise<URL> {
  const folder = new URL(`file://${await Deno.makeTempDir()}/`);
  await Deno.writeTextFile(new URL("worker.js", folder), source);
  const installed = new URL("node_modules/@matryoshka/sae/wasm/", await consumer());
  await Deno.copyFile(new URL("modules.js", installed), new URL("modules.js", folder));
  for (const tier of TIERS.map((tier) => `${tier}.wasm`)) {
    await Deno.copyFile(new URL(`generated/${tier}`, installed), new URL(tier, folder));
  }
  return folder;
}

const WORKER: WorkerModule = { name: "worker.js", kind: "esModule", file: "worker.js" };

/** Bytes that workerd takes with a worker that does nothing. */
async function memoryOfNothing(): Promise<number> {
  const folder = await project("export default { fetch: () => new Response('nothing') };");
  try {
    await using workerd = await startWorkerd(folder, [WORKER]);
    assertEquals(await (await fetch(workerd.address)).text(), "nothing");
    return workerd.mostMemory();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const WAYS: Record<string, { entry: string; modules: WorkerModule[]; needed: string[] }> = {
  "bundle, compiled at start-up": { entry: "worker_startup.ts", modules: [], needed: ["wasm"] },
  "bundle, static modules": {
    entry: "worker_static.ts",
    modules: [
      { name: STATIC, kind: "esModule", file: "modules.js" },
      ...TIERS.map((tier): WorkerModule => ({
        name: `@matryoshka/sae/generated/${tier}.wasm`,
        kind: "wasm",
        file: `${tier}.wasm`,
      })),
    ],
    needed: ["wasm"],
  },
};

for (const [way, { entry, modules, needed }] of Object.entries(WAYS)) {
  Deno.test({
    ...named(`the programme runs in workerd: ${way}`, whyNoTools()),
    async fn() {
      const source = await bundle(entry, { externals: [STATIC] });
      await stop();
      const folder = await project(source);
      try {
        await using server = await serve();
        await using workerd = await startWorkerd(folder, [WORKER, ...modules]);
        const query = new URLSearchParams({ server: server.address });
        const response = await fetch(`${workerd.address}/?${query}`);
        const text = await response.text();
        assertEquals(response.status, 200, text);
        await check({ runtime: "workerd", way, report: JSON.parse(text) }, needed);
        const taken = workerd.mostMemory() - await memoryOfNothing();
        console.log(`${(taken / 2 ** 20).toFixed(0)} MiB above a worker that does nothing`);
        assertLess(taken, LIMIT);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
