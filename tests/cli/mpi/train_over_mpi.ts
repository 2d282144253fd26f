/** Runs `train` on ranks of an MPI job, and compares what it leaves. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { readSae } from "../../../cli/files/sae_files.ts";
import { PARAMETER_NAMES } from "../../../src/model/parameters.ts";
import { type MpiFamily, mpirun, type MpirunResult } from "../../distributed/mpirun.ts";
import { trainArgs } from "../run_cli.ts";
import { outcomeOf } from "../training_runs.ts";

/** The program of a rank, as the task runs it. */
export const PROGRAM = ["run", "-R", "-W", "-E", "--allow-ffi", "cli/main.ts"];

/** Arguments of a short run over ranks. Later options replace earlier ones. */
export const shortArgs = (data: string, out: string, ...more: string[]): string[] =>
  trainArgs([data], out, "--steps", "12", "--mpi", ...more);

/** Runs `train` on this many ranks; one rank runs in a process of its own, without MPI. */
export async function train(
  family: MpiFamily,
  ranks: number,
  args: readonly string[],
): Promise<MpirunResult> {
  return await mpirun(family, ranks, [...PROGRAM, ...args]);
}

/** Runs `train`, which must succeed. */
export async function trained(
  family: MpiFamily,
  ranks: number,
  args: readonly string[],
): Promise<MpirunResult> {
  const result = await train(family, ranks, args);
  assertEquals(result.code, 0, `${family.name}\n${result.stdout}\n${result.stderr}`);
  return result;
}

/**
 * Asserts that two runs on the reference backend have the same losses and weights, but for rounding. Sums over other
 * ranks differ by some 2⁻⁵⁰ of their terms. Adam divides by the root of a mean square, which magnifies that for latents
 * with gradients near 0, by less than 10⁶ in these runs; and a weight near the middle of two float32 numbers is stored as
 * either, 2⁻²³ of it apart.
 */
export async function assertSameRun(out: string, wanted: string): Promise<void> {
  const [{ history }, { history: expected }] = [await outcomeOf(out), await outcomeOf(wanted)];
  assertEquals(history.map(({ step }) => step), expected.map(({ step }) => step));
  for (const [i, { loss }] of history.entries()) {
    assertAlmostEquals(loss, expected[i].loss, 1e-9 * expected[i].loss);
  }
  const [{ sae: a }, { sae: b }] = [await readSae(out), await readSae(wanted)];
  for (const name of PARAMETER_NAMES) {
    const [ours, theirs] = [a.parameters[name], b.parameters[name]];
    assertEquals(ours.length, theirs.length);
    for (let i = 0; i < ours.length; i++) {
      const difference = Math.abs(ours[i] - theirs[i]);
      const most = 2 ** -23 * Math.abs(theirs[i]) + 1e-9;
      assert(difference <= most, `${name}[${i}] is ${ours[i]} but ${theirs[i]} in ${wanted}`);
    }
  }
}
