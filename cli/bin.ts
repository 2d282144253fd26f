#!/usr/bin/env node
/**
 * The program of the npm package, which `npx`, `bunx` and `deno run npm:` start. In Node 20 and 22 a module cannot tell
 * whether it was started or imported, so `main.ts` does not start itself there.
 *
 * @module
 */
import { main } from "./main.ts";
import { runProcess } from "./terminal/process.ts";

await runProcess(main);
