/** What `connectMpi` says where there is no MPI, or not the right one. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";

import { connectMpi } from "../../entries/mpi.ts";
import { named } from "../missing.ts";
import { mpiFamilies, mpirun } from "./mpirun.ts";

const ROOT = new URL("../../", import.meta.url);
const ENTRY = new URL("entries/mpi.ts", ROOT).href;
const [openMpi, mpich] = mpiFamilies;
const LIBRARIES = { "Open MPI": "libmpi.so.40", MPICH: "libmpich.so.12" };

/** Connects in a process of its own, without a launcher, and returns what that prints. */
async function connectAlone(
  options: string,
  env: Readonly<Record<string, string>> = {},
  permissions: readonly string[] = ["--allow-ffi", "--allow-env"],
): Promise<string> {
  const program = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(
      program,
      `import { connectMpi } from ${JSON.stringify(ENTRY)};
      const { size, description, message } = await connectMpi(${options}).catch((error) => error);
      console.log(message ?? [size, description].join());`,
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-check", ...permissions, program],
      cwd: ROOT,
      env: { NO_COLOR: "1", MATRYOSHKA_MPI: "", ...env },
      stdin: "null",
    }).output();
    return (new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr)).trimEnd();
  } finally {
    await Deno.remove(program);
  }
}

Deno.test("options of the wrong kind are refused before anything is loaded", async () => {
  // @ts-expect-error -- a library is named by its file
  await assertRejects(() => connectMpi({ library: 3 }), TypeError, "library must be the name");
  await assertRejects(() => connectMpi({ library: "" }), TypeError, "library must be the name");
  // @ts-expect-error -- no such option
  await assertRejects(() => connectMpi({ libary: "x" }), TypeError, "did you mean library?");
});

Deno.test("an MPI library that is missing, or is something else, is named along with the setting that chose it", async () => {
  assertStringIncludes(
    await connectAlone(`{ library: "libabsent.so" }`),
    "Cannot connect to MPI: libabsent.so, which the option library names, cannot be loaded: ",
  );
  assertStringIncludes(
    await connectAlone("", { MATRYOSHKA_MPI: "libabsent.so" }),
    "libabsent.so, which the variable MATRYOSHKA_MPI names, cannot be loaded: ",
  );
  assertEquals(
    await connectAlone(`{ library: "libm.so.6" }`, { MATRYOSHKA_MPI: "libabsent.so" }),
    "Cannot connect to MPI: libm.so.6 is no MPI library",
  );
});

Deno.test("missing permissions are named", async () => {
  for (const [given, missing] of [["--allow-env", "ffi"], ["--allow-ffi", "env"]]) {
    const said = await connectAlone("", {}, [given]);
    assertStringIncludes(said, `Cannot connect to MPI: Requires ${missing} access to `);
    assert(said.endsWith(": run with --allow-ffi and --allow-env"), said);
  }
});

for (const { name, missing } of mpiFamilies) {
  Deno.test({
    ...named(`${name}: a process without a launcher is a group of one rank`, missing),
    async fn() {
      const library = JSON.stringify(LIBRARIES[name]);
      const said = await connectAlone(`{ library: ${library} }`);
      assert(said.startsWith(`1,${name} `) && !said.includes("\n"), said);
      assertEquals(await connectAlone("", { MATRYOSHKA_MPI: LIBRARIES[name] }), said);
    },
  });

  Deno.test({
    ...named(`${name}: more ranks in the environment than in the job are an error`, missing),
    async fn() {
      const env = { MATRYOSHKA_MPI: LIBRARIES[name], SLURM_STEP_NUM_TASKS: "4" };
      const said = await connectAlone("", env);
      const start = `Cannot connect to MPI: srun started 4 ranks, but ${LIBRARIES[name]} (${name} `;
      assert(said.startsWith(start) && said.includes(") sees 1: "), said);
    },
  });

  Deno.test({
    ...named(`${name}: wrong calls say what is wrong`, missing),
    async fn() {
      const args = ["run", "-A", "--no-check", "tests/distributed/programs/messages.ts"];
      const { code, stdout, stderr } = await mpirun(
        openMpi.name === name ? openMpi : mpich,
        1,
        args,
      );
      assertEquals([code, stderr], [0, ""]);
      assertEquals(stdout.trimEnd().split("\n"), [
        "TypeError: Cannot allReduce: values must be a Float32Array, Float64Array or Uint32Array but is an Int16Array",
        "RangeError: Cannot broadcast: root must be below the number of ranks 1 but is 1",
        "RangeError: Cannot split the ranks: group must be an integer of at least 0 but is -1",
        "RangeError: Cannot split the ranks: group must be below 2^31 but is 2147483648",
        "Error: Cannot connect to MPI: this process has connected to MPI before",
        "Error: Cannot exclusiveScan: the communicator has been disposed of",
        "Error: Cannot allGather: finalize() has ended MPI in this process",
        "Error: Cannot split the ranks: finalize() has ended MPI in this process",
        "Error: Cannot connect to MPI: this process has connected to MPI before",
      ]);
    },
  });
}

Deno.test({
  ...named("the example of connectMpi() runs", openMpi.missing),
  async fn() {
    const source = await Deno.readTextFile(new URL("src/distributed/mpi/connect.ts", ROOT));
    const [, example] = source.match(/^ \* ```ts ignore\n([^]*?)^ \* ```$/m)!;
    const program = await Deno.makeTempFile({ suffix: ".ts" });
    try {
      const code = example.replaceAll(/^ \* ?/gm, "").replace("@matryoshka/sae/mpi", ENTRY);
      await Deno.writeTextFile(program, code);
      const args = ["run", "--check", "--config", "deno.json", "--allow-ffi", "--allow-env"];
      const { stdout, stderr } = await mpirun(openMpi, 2, [...args, program]);
      const line = "2 ranks, their numbers sum to 1\n";
      assertEquals(stdout, line + line, stderr);
    } finally {
      await Deno.remove(program);
    }
  },
});

for (const [launcher, other] of [[openMpi, mpich], [mpich, openMpi]]) {
  const name = `a library of ${other.name} under ${launcher.name}'s mpirun is refused`;
  Deno.test({
    ...named(name, launcher.missing ?? other.missing),
    async fn() {
      const env = { MATRYOSHKA_MPI: LIBRARIES[other.name] };
      const args = ["run", "-A", "--no-check", "tests/distributed/programs/messages.ts"];
      const { code, stderr } = await mpirun(launcher, 2, args, { env });
      assert(code !== 0);
      const file = `${LIBRARIES[other.name]} (${other.name} `;
      const start = `Cannot connect to MPI: ${launcher.name}'s mpirun started 2 ranks, but ${file}`;
      assertStringIncludes(stderr, start);
      const hint =
        `use ${other.name}'s mpirun, or name a library of ${launcher.name} in MATRYOSHKA_MPI`;
      assertStringIncludes(stderr, `) sees 1: ${hint}`);
    },
  });
}
