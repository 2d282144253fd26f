/** The packed types, as TypeScript sees them in a project for Node and in one for browsers. */

import { named } from "../missing.ts";
import { run } from "./setup/command.ts";
import { consumer } from "./setup/packed.ts";
import { program, tools, whyNoTools } from "./setup/tools.ts";

/** Uses every entry that has types. */
const SOURCE = `
import { createBackend, type LossResult, Random, type SaeParameters, Trainer } from "@matryoshka/sae";
import { createWasmBackend, type WasmOptions } from "@matryoshka/sae/wasm";
import { createWebGpuBackend } from "@matryoshka/sae/webgpu";
import { wasmModules } from "@matryoshka/sae/wasm-modules";

const options: WasmOptions = { modules: wasmModules, threads: 1 };
for (const create of [createBackend, () => createWasmBackend(options), createWebGpuBackend]) {
  const backend = await create();
  const trainer = await Trainer.create(backend, { inputSize: 4, latentCount: 8, steps: 1 });
  await trainer.step(Float32Array.from({ length: 8 }, () => Random.fromSeed(1).normal()));
  const parameters: SaeParameters = await trainer.parameters();
  const gradients: LossResult["gradients"] = parameters;
  const count: number = gradients.latentCount;
  console.log(count);
  // @ts-expect-error -- the declarations are not \`any\`
  const wrong: string = (await trainer.metrics()).loss;
}
`;

const PROJECTS: Record<string, object> = {
  Node: {
    module: "nodenext",
    target: "es2022",
    lib: ["es2023", "esnext.disposable"],
    types: ["node"],
    // WebGPU's types are not Node's, which takes them from @webgpu/types.
    skipLibCheck: true,
  },
  browsers: {
    module: "esnext",
    moduleResolution: "bundler",
    target: "es2022",
    lib: ["es2023", "dom", "esnext.disposable"],
    types: [],
  },
};

for (const [name, options] of Object.entries(PROJECTS)) {
  Deno.test({
    ...named(`the types of the npm package hold in a project for ${name}`, whyNoTools()),
    async fn() {
      const dir = (await consumer()).pathname;
      const project = new URL(`file://${await Deno.makeTempDir({ dir, prefix: "types-" })}/`);
      try {
        await Deno.writeTextFile(new URL("consumer.mts", project), SOURCE);
        const typeRoots = [new URL("node_modules/@types", await tools()).pathname];
        const compilerOptions = { strict: true, noEmit: true, typeRoots, ...options };
        await Deno.writeTextFile(
          new URL("tsconfig.json", project),
          JSON.stringify({ compilerOptions, files: ["consumer.mts"] }),
        );
        await run(await program("tsc"), { args: ["-p", project.pathname], cwd: project });
      } finally {
        await Deno.remove(project, { recursive: true });
      }
    },
  });
}
