/** The note for processes under mpirun that lack --mpi. */
import { assertEquals, assertMatch } from "@std/assert";
import { forgottenFlag } from "../../../cli/ranks/forgotten_flag.ts";
import { runCli } from "../run_cli.ts";

const missing = ["encode", "missing.safetensors", "missing.npy", "--out", "missing-codes"];

Deno.test("a command without --mpi notes that mpirun has started it more than once", async () => {
  const env = { OMPI_COMM_WORLD_SIZE: "3", OMPI_COMM_WORLD_RANK: "0" };
  const { stderr } = await runCli(missing, { env });
  assertMatch(stderr, /^Note: mpirun has started 3 processes\. Without --mpi each /);
});

Deno.test("one process notes it, and none that runs alone or as a task of srun", () => {
  assertMatch(forgottenFlag({ PMI_SIZE: "2", PMI_RANK: "0" }) ?? "", /started 2 processes/);
  for (
    const env of [
      {},
      { PMI_SIZE: "2", PMI_RANK: "1" },
      { PMI_SIZE: "1", PMI_RANK: "0" },
      { PMI_SIZE: "2", PMI_RANK: "0", SLURM_STEP_NUM_TASKS: "2" },
    ]
  ) assertEquals(forgottenFlag(env), undefined);
});
