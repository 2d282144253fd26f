/** The command line in Deno, Node and Bun, installed with npm from its tarball. */
import { assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { pageFiles } from "../../cli/explore/generated/page.ts";
import { inFolder, names, writeNpy } from "../cli/run_cli.ts";
import { checkpointsOf, outcomeOf, readJson, temporaries } from "../cli/training_runs.ts";
import { whyNotInGate } from "../matrix.ts";
import { named } from "../missing.ts";
import { run } from "./setup/command.ts";
import { commandLineConsumer } from "./setup/packed.ts";
import { RUNTIMES } from "./setup/runtimes.ts";
import { program, whyNoTools } from "./setup/tools.ts";

const BIN = "node_modules/.bin/matryoshka-sae";
/** Enough for two interruptions even on a fast machine: each step writes a checkpoint and flushes it. */
const STEPS = 150;

/** Starts the command line. */
type Cli = (...args: string[]) => Deno.ChildProcess;

async function commandLine(runtime: string): Promise<Cli> {
  const cwd = await commandLineConsumer();
  const [command, ...before] = await RUNTIMES[runtime]();
  const script = runtime === "Deno" ? "npm:@matryoshka/sae-cli" : BIN;
  return (...args) =>
    new Deno.Command(command, {
      args: [...before, script, ...args],
      cwd,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
}

/** Waits for the end of a process, which must have this exit code, and returns what it printed. */
async function printed(child: Deno.ChildProcess, expected = 0) {
  const output = await child.output();
  const decoder = new TextDecoder();
  const stdout = decoder.decode(output.stdout);
  const stderr = decoder.decode(output.stderr);
  assertEquals(output.code, expected, stdout + stderr);
  return { stdout, stderr };
}

/** Sends a signal once the run has written a checkpoint after `step`, and returns the exit code. */
async function interrupted(child: Deno.ChildProcess, signal: Deno.Signal, out: string, step = 0) {
  const output = child.output();
  const later = (name: string) => name.endsWith(".safetensors") && Number(name.match(/\d+/)) > step;
  while (!checkpointsOf(out).some(later)) await new Promise((resolve) => setTimeout(resolve, 5));
  child.kill(signal);
  return (await output).code;
}

async function trainAndUse(cli: Cli, folder: string): Promise<void> {
  const data = await writeNpy(`${folder}/a.npy`, 300, 1);
  const train = (out: string, every: number) => [
    ...["train", "--data", data, "--out", out, "--checkpoint-every", `${every}`],
    ...["--steps", `${STEPS}`, "--batch", "16", "--latents", "24", "--prefixes", "4"],
    ...["--shuffle-rows", "100", "--target-l0", "2", "--backend", "wasm"],
  ];
  const out = `${folder}/run`;
  const whole = `${folder}/whole`;
  await printed(cli(...train(whole, 0), "--no-report"));

  assertEquals(await interrupted(cli(...train(out, 1), "--no-report"), "SIGINT", out), 130);
  const { steps } = await readJson(`${out}/run.json`);
  const args = [...train(out, 1), "--resume"];
  assertEquals(await interrupted(cli(...args), "SIGKILL", out, steps), 128 + 9);
  await printed(cli(...args));
  const { resumedAfter, ...outcome } = await outcomeOf(out);
  const { resumedAfter: none, ...expected } = await outcomeOf(whole);
  assertEquals([outcome, none], [expected, undefined]);
  assertGreater(resumedAfter!.at(-1)!, steps);
  assertEquals(temporaries(out), []);
  assertEquals(names(out).includes("report.html"), true);

  const sae = `${out}/sae.safetensors`;
  const { perPrefix } = JSON.parse((await printed(cli("eval", sae, data, "--json"))).stdout);
  assertEquals(perPrefix.at(-1).prefix, 24);
  await printed(cli("convert", sae, `${folder}/exported`, "--to", "saelens"));
  assertEquals(names(`${folder}/exported`), ["cfg.json", "sae_weights.safetensors"]);
  await printed(cli("encode", `${folder}/exported`, data, "--out", `${folder}/codes.safetensors`));
  await printed(cli("explore", out, "--data", data, "--out", `${folder}/explore`));
  const page = Object.entries(pageFiles);
  assertGreater(page.length, 2);
  for (const [name, text] of page) {
    assertEquals(await Deno.readTextFile(`${folder}/explore/${name}`), text);
  }
  const { rows, latents } = await readJson(`${folder}/explore/explore.json`);
  assertEquals([rows, latents.length], [300, 24]);
  assertEquals(temporaries(folder), []);
}

async function printAndRefuse(cli: Cli, folder: string): Promise<void> {
  const [help, usage, missing, output] = await Promise.all([
    printed(cli("--help")),
    printed(cli("train", "--steps", "0"), 2),
    printed(cli("inspect", `${folder}/none`), 1),
    printed(cli("demo", "--steps", "2", "--out", `${folder}/a.npy/demo`)),
  ]);
  assertStringIncludes(help.stdout, "Usage: matryoshka-sae [options] [command]");
  assertStringIncludes(usage.stderr, 'Cannot use --steps "0"');
  assertStringIncludes(
    missing.stderr,
    `Cannot open ${folder}/none: no such file or directory\n`,
  );
  assertMatch(output.stderr, /Cannot write the report: a part of the path is not a folder\n/);
}

/** Other runtimes cannot call MPI, and say so before they do anything. */
async function refuseMpi(cli: Cli): Promise<void> {
  const refused = await printed(cli("encode", "--mpi", "none", "none", "--out", "none"), 1);
  assertMatch(refused.stderr, /^Cannot connect to MPI: this runtime cannot .*: use Deno\n$/m);
}

/** Closes the pipes that the command line prints to, as `head` does when it has read enough. */
async function stopReading(cli: Cli): Promise<void> {
  const child = cli("--help");
  await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
  assertEquals((await child.status).code, 0);
}

for (const runtime of Object.keys(RUNTIMES)) {
  const name = `the command line trains, resumes to the same bits, evaluates and converts in ` +
    `${runtime} from the npm packages`;
  Deno.test({
    // The versions before and after it are there.
    ...named(name, whyNoTools() ?? (runtime === "Node 22" ? whyNotInGate() : undefined)),
    fn: () =>
      inFolder(async (folder) => {
        const cli = await commandLine(runtime);
        await trainAndUse(cli, folder);
        await printAndRefuse(cli, folder);
        if (runtime !== "Deno") await refuseMpi(cli);
        await stopReading(cli);
      }),
  });
}

Deno.test({
  ...named("npx, bunx and an import start the installed command line", whyNoTools()),
  async fn() {
    const cwd = await commandLineConsumer();
    const bun = await program("bun");
    const args = ["@matryoshka/sae-cli", "--version"];
    const script = `import { main } from "@matryoshka/sae-cli";\nawait main(["--version"]);`;
    for (
      const [program, before] of [
        ["npx", ["--no", "--", ...args]],
        [bun, ["x", "--bun", ...args]],
        [Deno.execPath(), ["eval", "--no-lock", script]],
      ] as const
    ) assertEquals((await run(program, { args: before, cwd })).trim(), config.version, program);
    const { mode } = await Deno.stat(new URL(BIN, cwd));
    assertEquals(mode! & 0o111, 0o111);
  },
});
