/**
 * Processes that a launcher of MPI has started, and that do not work together.
 *
 * @module
 */
import process from "node:process";

/** The variables of each `mpirun` with the number of processes and the number of this one. */
const LAUNCHERS = [["OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"], ["PMI_SIZE", "PMI_RANK"]];

/**
 * Returns a note for a command without `--mpi` that `mpirun` has started more than once, or undefined. Only the first
 * process gets it. Not an error: a script may give each process an output of its own, as tasks of `srun` often have,
 * which get no note.
 */
export function forgottenFlag(
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (env.SLURM_STEP_NUM_TASKS !== undefined && env.OMPI_COMM_WORLD_SIZE === undefined) return;
  const found = LAUNCHERS.find(([size]) => Number(env[size]) > 1);
  if (found === undefined) return;
  const [size, rank] = found.map((name) => env[name]);
  if (rank !== "0") return;
  return `Note: mpirun has started ${size} processes. Without --mpi each of them does all of the work, and writes ` +
    "the same files as the others if it has the same options.";
}
