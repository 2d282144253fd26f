/**
 * How many threads a rank has.
 *
 * @module
 */
import process from "node:process";
import { availableParallelism } from "node:os";

/** The variables in which launchers tell how many ranks they started on this host. */
const RANKS_HERE = ["OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"];
/** Set where Open MPI has bound the rank to processors of its own, of which the runtime then sees no others. */
const BOUND = "OMPI_MCA_orte_bound_at_launch";
/** How many processors of its own srun gives a rank, where `--cpus-per-task` says so. */
const SLURM_OWN = "SLURM_CPUS_PER_TASK";
/** As many as `--threads auto` takes. */
const MOST_THREADS = 8;

/**
 * Returns the processors of this host that fall to each rank, at least 1; or undefined if the launcher does not tell.
 * `srun` alone starts the ranks of MPICH without telling how many it started on this host.
 */
export function threadsOfRank(
  env: Readonly<Record<string, string | undefined>> = process.env,
  processors: number = processorCount(),
): number | undefined {
  const ranks = RANKS_HERE.map((name) => Number(env[name])).find((count) => count >= 1);
  const slurm = Number(env[SLURM_OWN]);
  if (ranks === undefined && !(slurm >= 1)) return undefined;
  const own = ranks === undefined
    ? slurm
    : env[BOUND] === "1"
    ? processors
    : Math.floor(processors / ranks);
  return Math.min(Math.max(own, 1), MOST_THREADS);
}

/** Node 20 has no `navigator`, and Deno asks for leave to use the other. */
function processorCount(): number {
  return globalThis.navigator?.hardwareConcurrency ?? availableParallelism();
}
