/** Without any permission: the package is imported, and computes, with everything denied in Deno. */

import { assertEquals } from "@std/assert";
import { stop } from "esbuild";
import { bundle } from "./setup/bundle.ts";
import { run } from "./setup/command.ts";

const DENIED = ["net", "read", "write", "env", "sys", "run", "ffi", "import"]
  .map((permission) => `--deny-${permission}`);

const ARGS = ["run", "--no-prompt", "--no-lock", "--no-remote", "--no-npm", ...DENIED];

/** Denied or not, these must not even be tried on import. */
const WATCH = `
const touched = [];
for (const name of ["fetch", "Worker", "WebSocket"]) {
  globalThis[name] = new Proxy(globalThis[name], {
    apply(target, self, args) { touched.push(name); return Reflect.apply(target, self, args); },
    construct(target, args) { touched.push(name); return Reflect.construct(target, args); },
  });
}
`;

const TRAIN = `
import * as library from "./library.js";
const { Random, ToyTree, Trainer } = library;
using backend = await library.createBackend("wasm", { threads: 2 });
using trainer = await Trainer.create(backend, { inputSize: 20, latentCount: 20, steps: 3 });
const world = ToyTree.create({ seed: 1 }), random = Random.fromSeed(2);
for (let step = 0; step < 3; step++) await trainer.step(world.sample(64, random).batch);
console.log((await trainer.metrics()).step, backend.description.endsWith("2 threads"));
`;

/** What `main.js` prints, beside the other files. */
async function printed(files: { "main.js": string; "library.js"?: string }): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, source] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, source);
    }
    return (await run(Deno.execPath(), { args: [...ARGS, `${folder}/main.js`] })).trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("importing the sources touches neither network nor disk, and needs no permission", async () => {
  const names = {
    "mod.ts": "Trainer",
    "entries/wasm.ts": "Trainer",
    "entries/webgpu.ts": "Trainer",
    "entries/mpi.ts": "connectMpi",
  };
  for (const [entry, name] of Object.entries(names)) {
    const url = new URL(`../../${entry}`, import.meta.url).href;
    const source = `${WATCH}
      const { ${name} } = await import("${url}");
      console.log(typeof ${name}, touched.join());`;
    assertEquals(await printed({ "main.js": source }), "function", entry);
  }
});

Deno.test("the packed package trains on two threads with every permission denied", async () => {
  const library = await bundle("all.ts");
  await stop();
  assertEquals(await printed({ "library.js": library, "main.js": TRAIN }), "3 true");
});
