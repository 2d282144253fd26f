/** Runs every check of the gate besides the tests, and names those that failed. */

import commandLine from "../cli/deno.json" with { type: "json" };
import config from "../deno.json" with { type: "json" };

const ROOT = new URL("../", import.meta.url);
// AssemblyScript has its own compiler, and the bench's peers have their own deno.json.
const UNCHECKED = new Set([...config.exclude, ...config.test.exclude, ".git", "node_modules"]);

function typeScriptFiles(folder = ""): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) => {
    const path = folder + name;
    if (UNCHECKED.has(path)) return [];
    if (isDirectory) return typeScriptFiles(`${path}/`);
    return path.endsWith(".ts") ? [path] : [];
  });
}

// A `.wasm` file has nothing to document, and the documentation of a `.js` entry is in its `.d.ts`.
const documented = [
  ...Object.values(config.exports)
    .filter((entry) => !entry.endsWith(".wasm"))
    .map((entry) => entry.replace(/\.js$/, ".d.ts")),
  ...Object.values(commandLine.exports).map((entry) => `cli/${entry}`),
];

const CHECKS: Record<string, string[]> = {
  "formatting": ["fmt", "--check"],
  "lint": ["lint"],
  "types": ["check", ...typeScriptFiles()],
  "documentation": ["doc", "--quiet", "--lint", ...documented],
  "types of the browser example": [
    "check",
    "--config",
    "examples/browser/deno.json",
    "examples/browser",
  ],
  "the site and its links": ["task", "--quiet", "docs"],
  "generated WASM": ["run", "-A", "wasm/build.ts", "--check"],
  "generated WGSL": ["run", "-R", "kernels/webgpu/embed.ts", "--check"],
  "generated page of the explorer": ["run", "-A", "cli/explore/page/build.ts", "--check"],
  "publishing": ["publish", "--dry-run", "--allow-dirty"],
  "publishing the command line": [
    "publish",
    "--dry-run",
    "--allow-dirty",
    "--config",
    "cli/deno.json",
  ],
};

const failed: string[] = [];
const waiting = Object.entries(CHECKS);

/** Runs checks until none is left, and shows what each of them prints when it ends. */
async function runChecks(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, args] = next;
    const command = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stdin: "null" });
    const { success, stdout, stderr } = await command.output();
    console.log(`\n--- ${name}`);
    for (const output of [stdout, stderr]) console.log(new TextDecoder().decode(output).trimEnd());
    if (!success) failed.push(name);
  }
}

// Most checks keep one core busy.
await Promise.all([runChecks(), runChecks()]);
console.log(failed.length ? `\nChecks failed: ${failed.join(", ")}` : "\nAll checks passed");
Deno.exit(failed.length ? 1 : 0);
