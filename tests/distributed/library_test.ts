/** Which MPI library is chosen, by what is installed and by the launcher. */

import { assertEquals, assertThrows } from "@std/assert";

import { FAMILIES, shortVersion } from "../../src/distributed/mpi/families.ts";
import { launcherOf } from "../../src/distributed/mpi/launcher.ts";
import { loadLibrary } from "../../src/distributed/mpi/library.ts";
import type { Loader } from "../../src/distributed/mpi/loader.ts";

/** A loader that has these libraries, with their exports, and keeps the names of those that are loaded. */
function fakeLoader(
  libraries: Readonly<Record<string, readonly string[]>>,
): Loader & { readonly loaded: string[] } {
  const loaded: string[] = [];
  return {
    loaded,
    load(file) {
      if (!(file in libraries)) return "not found";
      loaded.push(file);
      return {
        file,
        address: (symbol) => libraries[file].includes(symbol) ? 8n : undefined,
        // The library that is chosen is shared, and then called.
        share() {
          throw new Error(`chosen: ${file}`);
        },
        close: () => void loaded.splice(loaded.indexOf(file), 1),
      };
    },
  };
}

const [OPEN_MPI, MPICH] = FAMILIES.map(({ handles }) => [
  "MPI_Init_thread",
  ...Object.values(handles).filter((handle) => typeof handle === "string"),
]);

Deno.test("without an MPI library, the message says what to install", () => {
  assertThrows(
    () => loadLibrary(undefined, undefined, fakeLoader({})),
    Error,
    "Cannot connect to MPI: there is no MPI library: install one (on Debian openmpi-bin and libopenmpi3, or mpich), " +
      "or name its file in the variable MATRYOSHKA_MPI (tried lib",
  );
  assertThrows(
    () => loadLibrary(undefined, { name: "mpirun", family: "MPICH", size: 2 }, fakeLoader({})),
    Error,
    "(on Debian mpich, or openmpi-bin and libopenmpi3)",
  );
});

Deno.test({
  name: "the library is one of the launcher's family, if there is any, whatever its name",
  ignore: Deno.build.os !== "linux",
  fn() {
    const chosen = (family: "Open MPI" | "MPICH" | undefined, loader: Loader) => {
      const launcher = { name: "a launcher", family, size: 2 };
      return assertThrows(() => loadLibrary(undefined, launcher, loader), Error).message;
    };
    const both = { "libmpi.so.40": OPEN_MPI, "libmpich.so.12": MPICH };
    assertEquals(chosen(undefined, fakeLoader(both)), "chosen: libmpi.so.40");
    assertEquals(chosen("Open MPI", fakeLoader(both)), "chosen: libmpi.so.40");
    assertEquals(chosen("MPICH", fakeLoader(both)), "chosen: libmpich.so.12");
    const renamed = fakeLoader({ "libmpi.so.12": OPEN_MPI, "libmpi.so": MPICH });
    assertEquals(chosen("MPICH", renamed), "chosen: libmpi.so");
    assertEquals(renamed.loaded, ["libmpi.so"]);
    // The size of its job will then show that it does not belong to the launcher.
    assertEquals(chosen("MPICH", fakeLoader({ "libmpi.so.40": OPEN_MPI })), "chosen: libmpi.so.40");
  },
});

Deno.test("the launcher is recognised by the variables that it sets", () => {
  const found = (variables: Record<string, string>) => launcherOf((name) => variables[name]);
  assertEquals(found({}), undefined);
  assertEquals(found({ PMI_SIZE: "many" }), undefined);
  const openMpi = { name: "Open MPI's mpirun", family: "Open MPI", size: 4 } as const;
  // On several machines, Open MPI's mpirun is itself started by srun.
  assertEquals(found({ OMPI_COMM_WORLD_SIZE: "4", SLURM_STEP_NUM_TASKS: "2" }), openMpi);
  const hydra = { name: "MPICH's mpirun", family: "MPICH", size: 4 } as const;
  assertEquals(found({ PMI_SIZE: "4" }), hydra);
  assertEquals(found({ PMI_SIZE: "4", MPI_LOCALNRANKS: "2", SLURM_STEP_NUM_TASKS: "2" }), hydra);
  const srun = { name: "srun", family: undefined, size: 4 };
  assertEquals(found({ PMI_SIZE: "4", SLURM_STEP_NUM_TASKS: "4" }), srun);
  assertEquals(found({ SLURM_STEP_NUM_TASKS: "4" }), srun);
});

Deno.test("versions of libraries are short, and tell the family", () => {
  const versions: Record<string, [string, string]> = {
    "Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4\0": ["Open MPI", "Open MPI 4.1.4"],
    "MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr  7": ["MPICH", "MPICH 4.0.2"],
    "MVAPICH2 Version      :\t2.3.7\nMVAPICH2": ["MPICH", "MVAPICH2 2.3.7"],
    "CRAY MPICH version 8.1.25.17 (ANL base 3.4a2)\nMPI BUILD": [
      "MPICH",
      "CRAY MPICH 8.1.25.17 (ANL base 3.4a2)",
    ],
    "Intel(R) MPI Library 2021.8 for Linux* OS\n": [
      "MPICH",
      "Intel(R) MPI Library 2021.8 for Linux* OS",
    ],
  };
  for (const [text, [family, short]] of Object.entries(versions)) {
    assertEquals(shortVersion(text), short);
    assertEquals(FAMILIES.filter(({ version }) => version.test(text)).map(({ name }) => name), [
      family,
    ]);
  }
});
