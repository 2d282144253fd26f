/** Deno, Node and Bun, with the package installed from its tarball. */

import { stop } from "esbuild";
import { named, whyMissing, whyNoVulkan, whyNoVulkanLoader } from "../missing.ts";
import { bundle } from "./setup/bundle.ts";
import { run } from "./setup/command.ts";
import { consumer } from "./setup/packed.ts";
import { RUNTIMES } from "./setup/runtimes.ts";
import { check, checkFigures, parseReport } from "./setup/results.ts";
import { serve } from "./setup/server.ts";
import { tools, whyNoTools } from "./setup/tools.ts";
import type { Result } from "./table.ts";

/** The software adapter that Debian's chromium brings: Dawn refuses Mesa's. */
const SWIFTSHADER = "/usr/lib/chromium/vk_swiftshader_icd.json";

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
