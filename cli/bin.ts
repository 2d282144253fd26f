#!/usr/bin/env node
/**
 * The program of the npm package, which `npx`, `bunx` and `deno run npm:` start. In Node 20 and 22 a module cannot tell
 * whether it was started or imported, so `main.ts` does not start itself there.
 *
 * @module
 */
import process from "node:process";
import { main } from "./main.ts";
import { exit } from "./terminal/exit.ts";

await exit(await main(process.argv.slice(2)));
