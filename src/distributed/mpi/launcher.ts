/**
 * The launcher that started this process, as far as its environment tells.
 *
 * @module
 */
import type { Family } from "./families.ts";

/** What started this process together with others. */
export interface Launcher {
  /** Its name, for people. */
  readonly name: string;
  /** The family of libraries that can join its job; undefined if it starts both. */
  readonly family: Family["name"] | undefined;
  /** How many ranks it started. */
  readonly size: number;
}

/** The variables that give the number of ranks. The first that is set counts: launchers start one another. */
const SIZES: readonly (Omit<Launcher, "size"> & { readonly variable: string })[] = [
  { variable: "OMPI_COMM_WORLD_SIZE", name: "Open MPI's mpirun", family: "Open MPI" },
  // Hydra, which is the mpirun of MPICH and Intel MPI, and Cray's launchers.
  { variable: "PMI_SIZE", name: "MPICH's mpirun", family: "MPICH" },
  { variable: "SLURM_STEP_NUM_TASKS", name: "srun", family: undefined },
];

/** Returns the launcher that these variables come from, or undefined if the process was started alone. */
export function launcherOf(
  variable: (name: string) => string | undefined,
): Launcher | undefined {
  for (const { variable: key, name, family } of SIZES) {
    const size = Number(variable(key));
    if (!Number.isInteger(size) || size < 1) continue;
    // Slurm's own PMI also starts Open MPI.
    const slurm = family === "MPICH" && variable("SLURM_STEP_NUM_TASKS") !== undefined &&
      variable("MPI_LOCALNRANKS") === undefined;
    return slurm ? { name: "srun", family: undefined, size } : { name, family, size };
  }
  return undefined;
}
