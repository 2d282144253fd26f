/**
 * Runs every test and every documented example, and closes with the sums as `N passed, N failed`. Ignored tests are
 * counted behind them, with the Debian packages that they need.
 * Arguments go to `deno test`: `deno task test --filter encode tests/conformance`.
 */
import { closingLine, type Counts, countsOf, packagesOf } from "./test_counts.ts";

// DENO_JOBS=1 runs the files one after another.
const ARGUMENTS = ["test", "--allow-all", "--doc", "--parallel", ...Deno.args];

/** Copies a stream to the console as it comes, and returns its text. */
async function passThrough(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const [shown, kept] = stream.tee();
  const [, text] = await Promise.all([
    shown.pipeTo(Deno.stdout.writable, { preventClose: true }),
    new Response(kept).text(),
  ]);
  return text;
}

/** One more than there are cores: a third of the tests' time goes to waiting, for processes and browsers. */
function jobs(): Record<string, string> {
  if (Deno.env.has("DENO_JOBS")) return {};
  return { DENO_JOBS: `${navigator.hardwareConcurrency + 1}` };
}

/** Without this folder, graphics drivers print two lines about it that look like errors. */
function runtimeFolder(): Record<string, string> {
  const known = Deno.env.get("XDG_RUNTIME_DIR") !== undefined || Deno.build.os !== "linux";
  return known ? {} : { XDG_RUNTIME_DIR: "/tmp" };
}

const child = new Deno.Command(Deno.execPath(), {
  args: ARGUMENTS,
  cwd: new URL("..", import.meta.url),
  env: { ...jobs(), ...runtimeFolder() },
  stdin: "null",
  stdout: "piped",
}).spawn();
const [output, { success, signal }] = await Promise.all([passThrough(child.stdout), child.status]);
const counts = countsOf(output);
// Mesa's driver has been seen to abort while deno unloads it: every test has ended by then.
const unloading = signal === "SIGABRT" || signal === "SIGSEGV";
if (counts && unloading) console.log(`deno was ended by ${signal} after its closing line`);
// A type error ends the run before its closing line, a leak may end it after one without failures.
const failed = counts && (success || unloading) ? counts.failed : Math.max(counts?.failed ?? 0, 1);
const total: Counts = { passed: counts?.passed ?? 0, failed, ignored: counts?.ignored ?? 0 };
console.log(closingLine(total, packagesOf(output)));
Deno.exit(failed > 0 ? 1 : 0);
