/** The runtimes of scripts, and how each is started. */
import { program } from "./tools.ts";

/** Returns the program and the arguments that come before a script. */
type Start = () => Promise<[string, ...string[]]>;

/** Node and Bun, which start any JavaScript file. */
export const NODE_AND_BUN: Readonly<Record<string, Start>> = {
  "Node 20": async () => [await program("node-20")],
  "Node 22": async () => [await program("node-22")],
  "Node 24": async () => [await program("node-24")],
  Bun: async () => [await program("bun")],
};

/** All of them. */
export const RUNTIMES: Readonly<Record<string, Start>> = {
  Deno: () => Promise.resolve([Deno.execPath(), "run", "-A", "--no-lock"]),
  ...NODE_AND_BUN,
};
