/** Deno, Node and Bun, with the package installed from its tarball. */

import { assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { stop } from "esbuild";
import { named, whyMissing, whyNoVulkan, whyNoVulkanLoader } from "../missing.ts";
import { bundle } from "./setup/bundle.ts";
import { run } from "./setup/command.ts";
import { commandLineConsumer, consumer } from "./setup/packed.ts";
import { check, checkFigures, parseReport } from "./setup/results.ts";
import { serve } from "./setup/server.ts";
import { program, tools, whyNoTools } from "./setup/tools.ts";
import type { Result } from "./table.ts";

/** The software adapter that Debian's chromium brings: Dawn refuses Mesa's. */
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** How each is started, before the script. */
const RUNTIMES: Record<string, () => Promise<[string, ...string[]]>> = {
  Deno: () => Promise.resolve([Deno.execPath(), "run", "-A", "--no-lock"]),
  "Node 20": async () => [await program("node-20")],
  "Node 22": async () => [await program("node-22")],
  "Node 24": async () => [await program("node-24")],
  Bun: async () => [await program("bun")],
};

/** Why WebGPU has no adapter in a runtime: Deno takes Mesa's, Dawn takes SwiftShader. */
function whyNoAdapter(runtime: string): string | undefined {
  if (runtime === "Deno") return whyNoVulkan();
  return whyMissing(SWIFTSHADER, "chromium") ?? whyNoVulkanLoader();
}

async function resultOf(runtime: string): Promise<Result> {
  const folder = await consumer();
  const script = new URL(`main-${runtime.replace(" ", "-").toLowerCase()}.mjs`, folder);
  await Deno.writeTextFile(script, await bundle("main.ts", { external: true }));
  await stop();
  await using server = await serve();
  const [command, ...args] = await RUNTIMES[runtime]();
  const dawn = new URL("node_modules/webgpu/index.js", await tools()).href;
  const output = await run(command, {
    args: [...args, script.pathname, server.address, dawn],
    cwd: folder,
    env: runtime === "Deno" ? undefined : { VK_ICD_FILENAMES: SWIFTSHADER },
  });
  return { runtime, way: "npm package", report: parseReport(output) };
}

const WASM = ["wasm", "wasm, 2 threads"];

for (const runtime of Object.keys(RUNTIMES)) {
  Deno.test({
    ...named(`the programme runs in ${runtime} from the npm package`, whyNoTools()),
    async fn() {
      const result = await resultOf(runtime);
      if (whyNoAdapter(runtime)) await checkFigures(result, WASM);
      else await check(result, [...WASM, "webgpu"]);
    },
  });

  const missing = whyNoTools() ?? whyNoAdapter(runtime);
  if (missing) {
    const name = `the programme runs on WebGPU in ${runtime} from the npm package`;
    Deno.test({ ...named(name, missing), fn() {} });
  }
}

Deno.test({
  ...named(
    "the npm package of the command line runs in Deno, as a module and as a program",
    whyNoTools(),
  ),
  async fn() {
    const folder = await commandLineConsumer();
    const script = new URL("command-line.mjs", folder);
    const source = `import { main } from "@matryoshka/sae-cli";\nawait main(Deno.args);`;
    await Deno.writeTextFile(script, source);
    const deno = (...args: string[]) =>
      run(Deno.execPath(), { args: ["run", "-A", "--no-lock", ...args], cwd: folder });
    assertEquals((await deno(script.pathname, "--version")).trim(), config.version);
    const demo = ["demo", "--steps", "2", "--out", "demo", "--json"];
    const { results } = JSON.parse(await deno("npm:@matryoshka/sae-cli", ...demo));
    assertEquals(results.length, 2);
  },
});
