/** How many threads a rank has by default. */
import { assertEquals } from "@std/assert";
import { threadsOfRank } from "../../../cli/ranks/threads.ts";

Deno.test("a rank has the processors that fall to it, as far as its launcher tells", () => {
  const openMpi = { OMPI_COMM_WORLD_LOCAL_SIZE: "4" };
  assertEquals(threadsOfRank(openMpi, 16), 4);
  assertEquals(threadsOfRank({ ...openMpi, OMPI_MCA_orte_bound_at_launch: "1" }, 2), 2);
  assertEquals(threadsOfRank({ MPI_LOCALNRANKS: "4" }, 3), 1);
  assertEquals(threadsOfRank({}, 16), undefined);
  // Under srun the runtime sees the processors of the task, or all of the host if nothing binds it.
  assertEquals(threadsOfRank({ SLURM_CPUS_PER_TASK: "4" }, 64), 4);
  assertEquals(threadsOfRank({ SLURM_CPUS_PER_TASK: "32" }, 32), 8);
});
