/** Jobs of which one rank is killed end by themselves, and resume as undisturbed ones. */
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { Random } from "../../../mod.ts";
import { mpiFamilies } from "../../distributed/mpirun.ts";
import { named } from "../../missing.ts";
import { inFolder, names, writeNpy } from "../run_cli.ts";
import { checkpointsOf, outcomeOf, temporaries } from "../training_runs.ts";
import { disturbed, ranksOf } from "./spawned.ts";
import { assertSameRun, shortArgs, trained } from "./train_over_mpi.ts";

/** Kills of the whole test: four cover both launchers, and both kinds of resuming. `KILLS=20` takes 4 minutes. */
const KILLS = Number(Deno.env.get("KILLS") ?? 4);
/** The seed of their instants and of the ranks that are killed. */
const SEED = Number(Deno.env.get("KILL_SEED") ?? 20261127);
/** Ranks of a job that is killed. */
const RANKS = 4;
/** The ranks on which every second job resumes. */
const OTHERS = [2, 3, 1, 5];
/** How long a job may take to end after a rank has been killed. */
const MOST_SECONDS = 10;

const families = mpiFamilies.filter(({ missing }) => missing === undefined);

Deno.test({
  ...named(
    `train --mpi with one of ${RANKS} ranks killed ${KILLS} times at random ends by itself and resumes`,
    families.length > 0 ? undefined : mpiFamilies[0].missing,
  ),
  fn: () =>
    inFolder(async (folder) => {
      const data = await writeNpy(`${folder}/a.npy`, 300, 1);
      const random = Random.fromSeed(SEED);
      const often = ["--steps", "30", "--checkpoint-every", "1", "--no-report"];
      const argsOf = (out: string) => shortArgs(data, `${folder}/${out}`, ...often);
      for (const [n, family] of families.entries()) {
        await trained(family, RANKS, argsOf(`whole-${n}`).concat("--checkpoint-every", "0"));
      }
      let longest = 0, withCheckpoint = 0, other = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const out = `run-${kill}`, args = argsOf(out);
        const family = (kill >> 1) % families.length, mpi = families[family];
        const whole = `${folder}/whole-${family}`;
        const strike = async (launcherId: number) => {
          await new Promise((resolve) => setTimeout(resolve, 1500 * random.uniform()));
          const ids = ranksOf(launcherId);
          // None if the run has ended meanwhile.
          if (ids.length > 0) Deno.kill(ids[Math.floor(ids.length * random.uniform())], "SIGKILL");
        };
        const { code, seconds, stderr } = await disturbed(mpi, RANKS, args, /step 1\//, strike);
        const ended = names(`${folder}/${out}`).includes("run.json");
        assert(code !== 0 || ended, stderr);
        longest = Math.max(longest, seconds!);
        assertLess(seconds!, MOST_SECONDS, stderr);
        const has = checkpointsOf(`${folder}/${out}`).some((name) => name.endsWith(".json"));
        if (has) withCheckpoint++;
        const ranks = kill % 2 === 0 ? RANKS : OTHERS[(kill >> 1) % OTHERS.length];
        if (ranks !== RANKS) other++;
        await trained(mpi, ranks, has ? [...args, "--resume"] : [...args, "--force"]);
        if (ranks === RANKS) {
          const { resumedAfter, ...outcome } = await outcomeOf(`${folder}/${out}`);
          const { resumedAfter: _, ...wanted } = await outcomeOf(whole);
          assertEquals(
            outcome,
            wanted,
            `seed ${SEED}, kill ${kill}, resumed after ${resumedAfter}`,
          );
        } else await assertSameRun(`${folder}/${out}`, whole);
        assertEquals(temporaries(`${folder}/${out}`), []);
      }
      console.log(
        `${KILLS} kills (seed ${SEED}): ${withCheckpoint} after the first checkpoint, ${other} resumed on another ` +
          `number of ranks; the longest job ended ${longest.toFixed(1)} s after the kill`,
      );
      assertGreater(withCheckpoint, 0);
    }),
});
