/** `@matryoshka/sae/mpi` in Node and Bun, installed with npm: it can be imported, and says that MPI needs Deno. */

import { assertEquals } from "@std/assert";
import { named } from "../missing.ts";
import { run } from "./setup/command.ts";
import { consumer } from "./setup/packed.ts";
import { NODE_AND_BUN } from "./setup/runtimes.ts";
import { whyNoTools } from "./setup/tools.ts";

const PROGRAM = `
import { connectMpi } from "@matryoshka/sae/mpi";
console.log(await connectMpi().catch((error) => String(error)));
`;

Deno.test({
  ...named("@matryoshka/sae/mpi says in Node and Bun that it needs Deno", whyNoTools()),
  async fn() {
    const cwd = await consumer();
    const script = new URL("mpi.mjs", cwd);
    await Deno.writeTextFile(script, PROGRAM);
    for (const [runtime, start] of Object.entries(NODE_AND_BUN)) {
      const [program, ...before] = await start();
      assertEquals(
        [runtime, await run(program, { args: [...before, script.pathname], cwd })],
        [
          runtime,
          "Error: Cannot connect to MPI: this runtime cannot call C libraries as Deno does: use Deno\n",
        ],
      );
    }
  },
});
