/** The packed types, as TypeScript sees them in a project for Node and in one for browsers, libraries checked too. */

import { named } from "../missing.ts";
import { run } from "./setup/command.ts";
import { consumer } from "./setup/packed.ts";
import { program, tools, whyNoTools } from "./setup/tools.ts";

/** Uses every entry that has types. */
const SOURCE = `
import { createBackend, type LossResult, Random, type SaeParameters, Trainer } from "@matryoshka/sae";
import { openFile } from "@matryoshka/sae/files";
import { connectMpi, type MpiCommunicator } from "@matryoshka/sae/mpi";
import { createWasmBackend, type WasmOptions } from "@matryoshka/sae/wasm";
import { createWebGpuBackend } from "@matryoshka/sae/webgpu";
import { wasmModules } from "@matryoshka/sae/wasm-modules";

const options: WasmOptions = { modules: wasmModules, threads: 1 };
for (const create of [createBackend, () => createWasmBackend(options), createWebGpuBackend]) {
  using backend = await create();
  using communicator: MpiCommunicator = await connectMpi({ library: "libmpi.so.40" });
  using trainer = await Trainer.create(backend, { inputSize: 4, latentCount: 8, steps: 1 });
  await trainer.step(Float32Array.from({ length: 8 }, () => Random.fromSeed(1).normal()));
  const parameters: SaeParameters = await trainer.parameters();
  const gradients: LossResult["gradients"] = parameters;
  const count: number = gradients.latentCount;
  await using file = await openFile("sae.safetensors");
  console.log(count, file.size);
  // @ts-expect-error -- the declarations are not \`any\`
  const wrong: string = (await trainer.metrics()).loss;
}
// @ts-expect-error -- MPI takes no such numbers
await (await connectMpi()).allReduce(new Int16Array(1));
// @ts-expect-error -- a device is no number
await createWebGpuBackend({ device: 1 });
`;

/** Uses what only projects with WebGPU's types can know. */
const DEVICE = `
export const onDevice = (device: GPUDevice) => createWebGpuBackend({ device });
// @ts-expect-error -- a device has a queue
await createWebGpuBackend({ device: {} });
`;

interface Project {
  /** The compilers, if not both. */
  readonly compilers?: readonly Compiler[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly source: string;
}

const COMPILERS = { "TypeScript 5.9": "tsc-5.9", "TypeScript 7": "tsc" } as const;
type Compiler = keyof typeof COMPILERS;

const NODE = { module: "nodenext", types: ["node"] };
const BUNDLER = { module: "esnext", moduleResolution: "bundler" };

const PROJECTS: Record<string, Project> = {
  "for Node": { options: { ...NODE, lib: ["es2023"] }, source: SOURCE },
  "for Node, as TypeScript sets it up": {
    compilers: ["TypeScript 5.9"],
    options: NODE,
    source: SOURCE,
  },
  "for Node and a bundler": {
    options: { ...BUNDLER, types: ["node"], lib: ["es2023"] },
    source: SOURCE,
  },
  "for browsers": {
    compilers: ["TypeScript 7"],
    options: { ...BUNDLER, types: [], lib: ["es2023", "dom"] },
    source: SOURCE + DEVICE,
  },
  // Its "dom" has no WebGPU, and with that of TypeScript 7 the package declares names a second time.
  "for browsers with @webgpu/types": {
    compilers: ["TypeScript 5.9"],
    options: { ...BUNDLER, types: ["@webgpu/types"], lib: ["es2023", "dom"] },
    source: SOURCE + DEVICE,
  },
};

/** Compiles a project in which the package is installed. */
async function compile({ options, source }: Project, compiler: Compiler): Promise<void> {
  const dir = (await consumer()).pathname;
  const project = new URL(`file://${await Deno.makeTempDir({ dir, prefix: "types-" })}/`);
  try {
    await Deno.writeTextFile(new URL("consumer.mts", project), source);
    const modules = new URL("node_modules/", await tools());
    const typeRoots = [new URL("@types", modules).pathname, modules.pathname];
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: "es2022",
      skipLibCheck: false,
      typeRoots,
      ...options,
    };
    await Deno.writeTextFile(
      new URL("tsconfig.json", project),
      JSON.stringify({ compilerOptions, files: ["consumer.mts"] }),
    );
    const args = ["-p", project.pathname];
    const tsc = await program(COMPILERS[compiler]);
    if (tsc.endsWith(".js")) {
      await run(await program("node-22"), { args: [tsc, ...args], cwd: project });
    } else await run(tsc, { args, cwd: project });
  } finally {
    await Deno.remove(project, { recursive: true });
  }
}

for (const [name, project] of Object.entries(PROJECTS)) {
  for (const compiler of project.compilers ?? Object.keys(COMPILERS) as Compiler[]) {
    Deno.test({
      ...named(`${compiler} compiles the npm package in a project ${name}`, whyNoTools()),
      fn: () => compile(project, compiler),
    });
  }
}
