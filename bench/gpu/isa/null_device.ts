/**
 * A Vulkan device that is not there: RADV's null device within `driver/`. Mesa's compiler for AMD runs, and nothing else
 * does.
 *
 * @module
 */
import { whyMissing, whyNoVulkan } from "../../../tests/missing.ts";

const HERE = new URL("./", import.meta.url);

/** The GPUs that are compiled for, by their names in Mesa. */
export const GPUS = { gfx1100: "RDNA3", navi21: "RDNA2" } as const;

/** The name of a GPU in Mesa. */
export type Gpu = keyof typeof GPUS;

const HEADER = "/usr/include/vulkan/vulkan.h";

/** The folder where Debian's drivers describe themselves to the Vulkan loader. */
const DRIVERS = "/usr/share/vulkan/icd.d";

/** Returns why nothing can be compiled here, naming the Debian package. */
export function whyNotCompiled(): string | undefined {
  if (Deno.build.os !== "linux") return "RADV is a driver for Linux";
  return whyNoVulkan() ?? whyNoRadv() ?? whyMissing("/usr/bin/gcc", "gcc") ??
    whyMissing("/usr/include/stdlib.h", "libc6-dev") ?? whyMissing(HEADER, "libvulkan-dev");
}

function whyNoRadv(): string | undefined {
  if (radvDescription() !== undefined) return undefined;
  return "there is no RADV (Debian: mesa-vulkan-drivers)";
}

/** Returns the name of the file that describes RADV to the Vulkan loader. */
function radvDescription(): string | undefined {
  try {
    return [...Deno.readDirSync(DRIVERS)].find(({ name }) => /^radeon_icd.*\.json$/.test(name))
      ?.name;
  } catch {
    return undefined;
  }
}

/** Returns the path of RADV's library. */
async function radvLibrary(): Promise<string> {
  const description = await Deno.readTextFile(`${DRIVERS}/${radvDescription()}`);
  return JSON.parse(description).ICD.library_path;
}

/** Returns the version of Mesa that RADV's library names. */
export async function mesaVersion(): Promise<string> {
  const bytes = await Deno.readFile(await radvLibrary());
  return new TextDecoder("latin1").decode(bytes).match(/Mesa (\d+\.\d+\.\d+)/)?.[1] ?? "unknown";
}

async function run(program: string, args: string[], env: Record<string, string> = {}) {
  const command = new Deno.Command(program, { args, env, stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  if (success) return decoder.decode(stdout);
  throw new Error(`${program} failed: ${decoder.decode(stderr)}${decoder.decode(stdout)}`);
}

/**
 * Runs a program on the null driver and returns what it prints. Its Vulkan device is the GPU, computes nothing and holds
 * zeros. If `out` is given, labelled pipelines are written there: see `driver/pipelines.c`.
 *
 * @throws {Error} if the driver cannot be built, or the program fails; the message holds what was printed.
 */
export async function runOnNullDriver(
  gpu: Gpu,
  [program, ...args]: readonly string[],
  out?: string,
): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const driver = await buildDriver(folder);
    return await run(program, args, {
      ISA_OUT: out ?? folder,
      ISA_DRIVER: await radvLibrary(),
      RADV_FORCE_FAMILY: gpu,
      VK_ICD_FILENAMES: driver,
      VK_DRIVER_FILES: driver,
      XDG_RUNTIME_DIR: "/tmp",
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Returns the command that runs a script of this repository in Deno. */
export function denoCommand(script: URL, args: readonly string[] = []): string[] {
  const flags = ["-A", "--no-config", "--no-lock", "--quiet"];
  return [Deno.execPath(), "run", ...flags, script.pathname, ...args];
}

/** Builds the null driver into a folder and returns the path of the file that describes it. */
async function buildDriver(folder: string): Promise<string> {
  const library = `${folder}/libnull_driver.so`;
  const sources = ["null_driver.c", "pipelines.c"].map((name) =>
    new URL(`driver/${name}`, HERE).pathname
  );
  const flags = [
    "-O1",
    "-Wall",
    "-Wextra",
    "-Wno-missing-field-initializers",
    "-fvisibility=hidden",
  ];
  await run("gcc", [...flags, "-shared", "-fPIC", ...sources, "-o", library, "-ldl"]);
  const description = {
    file_format_version: "1.0.0",
    ICD: { library_path: library, api_version: "1.3.230" },
  };
  await Deno.writeTextFile(`${folder}/icd.json`, JSON.stringify(description));
  return `${folder}/icd.json`;
}
