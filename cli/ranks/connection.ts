/**
 * Runs a command on the ranks of an MPI job, or in a process of its own.
 *
 * @module
 */
import { Option } from "commander";
import { describeError, EXIT, type UsageError } from "../terminal/failure.ts";
import { forgottenFlag } from "./forgotten_flag.ts";
import { Ranks } from "./ranks.ts";
import { silence, speak } from "./silence.ts";

/** Makes the option `--mpi`; `what` begins its description, as in "train". */
export const mpiOption = (what: string): Option =>
  new Option("--mpi", `${what} together with all ranks that mpirun or srun has started`);

/**
 * Runs a command and returns its exit code. With `mpi` all ranks run it together: rank 0 alone prints, and gives the
 * job its exit code. An error that all ranks have in common is printed by rank 0. Any other is printed by the rank
 * that throws it, and ends all of them, whatever they are waiting for.
 *
 * @param refusal What is wrong with the command line of this rank: all ranks throw it in place of the command.
 */
export async function overRanks(
  mpi: boolean | undefined,
  command: (ranks: Ranks) => Promise<number>,
  refusal?: UsageError,
): Promise<number> {
  if (!mpi) {
    const note = forgottenFlag();
    if (note !== undefined) console.error(note);
    return await command(new Ranks());
  }
  // Before the library's own listeners, which print what nothing has caught and end the job. Node has none.
  for (const event of ["error", "unhandledrejection"]) globalThis.addEventListener?.(event, speak);
  const { connectMpi } = await import("@matryoshka/sae/mpi");
  const communicator = await connectMpi().catch((error) => {
    throw refusal ?? error;
  });
  const ranks = new Ranks(communicator);
  if (!ranks.isFirst) silence();
  let code: number = EXIT.done;
  let failure: { readonly error: unknown } | undefined;
  try {
    await ranks.together(() => {
      if (refusal) throw refusal;
    });
    code = await command(ranks);
  } catch (error) {
    if (!ranks.isCommon(error)) {
      speak();
      communicator.abort(describeError(error));
      throw error;
    }
    failure = { error };
  }
  // No rank may end before the others have done their part: launchers end all as soon as one ends with an error.
  communicator.finalize();
  if (!ranks.isFirst) return EXIT.done;
  if (failure) throw failure.error;
  return code;
}
