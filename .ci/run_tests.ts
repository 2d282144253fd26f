/**
 * Runs every test and every documented example, and closes with the sums as `N passed, N failed`.
 * Arguments go to `deno test`: `deno task test --filter encode tests/conformance`.
 */

// DENO_JOBS=1 runs the files one after another.
const RUNS: string[][] = [["--doc", "--parallel"]];

const CLOSING_LINE = /^(?:ok|FAILED) \| (\d+) passed(?: \([^)]*\))? \| (\d+) failed/gm;
const ANSI = /\p{Cc}\[[0-9;]*m/gu;

interface Counts {
  passed: number;
  failed: number;
}

/** Copies a stream to the console as it comes, and returns its text. */
async function passThrough(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const [shown, kept] = stream.tee();
  const [, text] = await Promise.all([
    shown.pipeTo(Deno.stdout.writable, { preventClose: true }),
    new Response(kept).text(),
  ]);
  return text;
}

async function runTests(args: string[]): Promise<Counts> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", ...args],
    cwd: new URL("..", import.meta.url),
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const [output, { success, signal }] = await Promise.all([
    passThrough(child.stdout),
    child.status,
  ]);
  // Only the last match is this run's own: a test may print the output of another `deno test`.
  const closing = [...output.replaceAll(ANSI, "").matchAll(CLOSING_LINE)].at(-1);
  const passed = Number(closing?.[1] ?? 0);
  const failed = Number(closing?.[2] ?? 0);
  // Mesa's driver has been seen to abort while deno unloads it: every test has ended by then.
  const unloading = signal === "SIGABRT" || signal === "SIGSEGV";
  if (closing && unloading) console.log(`deno was ended by ${signal} after its closing line`);
  // A type error ends the run before its closing line, a leak may end it after one without failures.
  return { passed, failed: closing && (success || unloading) ? failed : Math.max(failed, 1) };
}

const total: Counts = { passed: 0, failed: 0 };
for (const args of RUNS) {
  const { passed, failed } = await runTests([...args, ...Deno.args]);
  total.passed += passed;
  total.failed += failed;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed > 0 ? 1 : 0);
