/** Runs that are killed and resumed end as uninterrupted ones, bit for bit. */
import { assert, assertEquals, assertGreater } from "@std/assert";
import { Random } from "../../mod.ts";
import { trials } from "../matrix.ts";
import { inFolder, names, spawnCli, trainArgs, writeNpy, writeSafetensors } from "./run_cli.ts";
import { checkpointsOf, finished, type Outcome, outcomeOf, temporaries } from "./training_runs.ts";

/** Steps of a run; the loop reads the metrics of each of them. */
const STEPS = 50;
/** Kills of the whole test. */
const KILLS = trials(40);
/** The seed of their instants. */
const SEED = Number(Deno.env.get("KILL_SEED") ?? 20261122);
/** Kills of one run before it may end by itself. */
const KILLS_PER_RUN = 8;

/** When to kill: milliseconds after the first step, or later, when a file is being written to `writing`. */
interface Instant {
  readonly milliseconds: number;
  readonly writing?: string;
}

/** Starts a run and kills it; returns whether it was still running. */
async function kill(args: string[], { milliseconds, writing }: Instant): Promise<boolean> {
  const child = spawnCli(args);
  const stdout = child.stdout.cancel();
  let stderr = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const strike = () => {
    if (writing && temporaries(writing).length === 0 && !names(writing).includes("run.json")) {
      timer = setTimeout(strike, 0);
      return;
    }
    try {
      child.kill("SIGKILL");
    } catch {
      // The run has ended by itself.
    }
  };
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    stderr += text;
    if (timer === undefined && /step \d|Resuming/.test(stderr)) {
      timer = setTimeout(strike, milliseconds);
    }
  }
  const { signal, code } = await child.status;
  clearTimeout(timer);
  await stdout;
  assert(signal === "SIGKILL" || code === 0, stderr);
  return signal === "SIGKILL";
}

Deno.test({
  name: `train killed ${KILLS} times at random instants resumes bit for bit`,
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (folder) => {
      const data = [
        await writeNpy(`${folder}/a.npy`, 500, 1),
        await writeSafetensors(`${folder}/b.safetensors`, 300, 2),
      ];
      const random = Random.fromSeed(SEED);
      const backends = ["wasm", "reference"];
      let kills = 0, halfWritten = 0, runs = 0, withoutCheckpoint = 0;
      const expected: Record<string, Outcome> = {};
      const argsOf = (out: string, backend: string) =>
        trainArgs(data, out, ...[
          ...["--steps", `${STEPS}`, "--backend", backend, "--permute-every", "7"],
          ...[
            "--latents",
            "400",
            "--batch",
            "48",
            "--shuffle-rows",
            "200",
            "--checkpoint-every",
            "1",
          ],
        ]);
      for (const backend of backends) {
        // The expected run saves no checkpoints: saving them must not change the result either.
        await finished(argsOf(`${folder}/${backend}`, backend).concat("--checkpoint-every", "0"));
        expected[backend] = await outcomeOf(`${folder}/${backend}`);
        assertEquals(expected[backend].history.length, STEPS);
        assertEquals(checkpointsOf(`${folder}/${backend}`), []);
      }
      while (kills < KILLS) {
        const backend = backends[runs++ % backends.length];
        const out = `${folder}/run-${runs}`, args = argsOf(out, backend);
        for (let killsOfRun = 0; killsOfRun < KILLS_PER_RUN;) {
          const has = checkpointsOf(out).some((name) => name.endsWith(".safetensors"));
          // The first steps of a process are its slowest; every second kill waits for a write.
          const milliseconds = (has ? 90 : 250) * random.uniform();
          const instant = { milliseconds, ...(kills % 2 === 1 && { writing: out }) };
          const killed = await kill(has ? [...args, "--resume"] : args, instant);
          if (!killed) break;
          killsOfRun++;
          kills++;
          if (temporaries(out).length > 0) halfWritten++;
          if (checkpointsOf(out).length === 0) withoutCheckpoint++;
        }
        const has = checkpointsOf(out).some((name) => name.endsWith(".safetensors"));
        if (!names(out).includes("run.json")) await finished(has ? [...args, "--resume"] : args);
        const { resumedAfter, ...outcome } = await outcomeOf(out);
        const { resumedAfter: _, ...wanted } = expected[backend];
        assertEquals(outcome, wanted, `seed ${SEED}, run ${runs}, resumed after ${resumedAfter}`);
        assertEquals(temporaries(out), []);
        assertEquals(checkpointsOf(out).length, 2);
      }
      console.log(
        `${kills} kills in ${runs} runs (seed ${SEED}): ${halfWritten} left a half-written file, ` +
          `${withoutCheckpoint} came before the first checkpoint`,
      );
      assertGreater(halfWritten, 0);
    }),
});
