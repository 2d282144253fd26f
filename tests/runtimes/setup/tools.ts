/** Installs the runtimes and bundlers at the versions in `tools/package.json`. */
import { whyNotHere } from "../../matrix.ts";
import { run } from "./command.ts";
import { madeOnce } from "./once.ts";

const TOOLS = new URL("../tools/", import.meta.url);

/** The platform of the packages: runtimes are native programs. */
const PLATFORM = "linux-x86_64";

/** Returns why runtimes cannot be installed here; in CI always undefined, so that tests fail there. */
export function whyNoTools(): string | undefined {
  const elsewhere = whyNotHere();
  if (elsewhere || Deno.env.get("CI")) return elsewhere;
  const platform = `${Deno.build.os}-${Deno.build.arch}`;
  if (platform !== PLATFORM) return `runtimes are installed on ${PLATFORM} only`;
  try {
    new Deno.Command("npm", { args: ["--version"] }).outputSync();
    return undefined;
  } catch {
    return "there is no npm";
  }
}

/** Returns the folder that contains `node_modules`. */
export async function tools(): Promise<URL> {
  const manifests = ["package.json", "package-lock.json"];
  const texts = await Promise.all(
    manifests.map((name) => Deno.readTextFile(new URL(name, TOOLS))),
  );
  return await madeOnce("tools", texts.join(""), async (folder) => {
    for (const name of manifests) await Deno.copyFile(new URL(name, TOOLS), new URL(name, folder));
    // Install scripts would only link programs, which are run from their own packages here.
    const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    await run("npm", { args, cwd: folder });
  });
}

const PROGRAMS = {
  "node-20": "node-20/bin/node",
  "node-22": "node-22/bin/node",
  "node-24": "node-24/bin/node",
  bun: "@oven/bun-linux-x64/bin/bun",
  workerd: "@cloudflare/workerd-linux-64/bin/workerd",
  tsc: "@typescript/typescript-linux-x64/lib/tsc",
  "tsc-5.9": "typescript-5.9/lib/tsc.js",
  vite: "vite/bin/vite.js",
  publint: "publint/src/cli.js",
  attw: "@arethetypeswrong/cli/dist/index.js",
} as const;

/** Returns the path of a program. */
export async function program(name: keyof typeof PROGRAMS): Promise<string> {
  return new URL(`node_modules/${PROGRAMS[name]}`, await tools()).pathname;
}

if (import.meta.main) await tools();
