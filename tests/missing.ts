/**
 * Programs and drivers that a machine lacks. Tests that need them are ignored with a reason, and fail in CI.
 *
 * With the variable WITHOUT_DEBIAN_PACKAGES set, all of them count as missing: tests then run as on a machine that
 * has only Node and npm.
 */

const NOTHING_INSTALLED = Deno.env.has("WITHOUT_DEBIAN_PACKAGES");

/** Returns why a program cannot be run here; in CI always undefined, so that the test fails there. */
export function whyMissing(program: string, debianPackage: string): string | undefined {
  if (!NOTHING_INSTALLED && (Deno.env.get("CI") || isFile(program))) return undefined;
  return `there is no ${program} (Debian: ${debianPackage})`;
}

/** The folders of the Vulkan loader on Linux. Every driver needs it, SwiftShader included. */
const LIBRARY_FOLDERS = [
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/usr/lib64",
  "/usr/lib",
  "/usr/local/lib",
];

/** The folders where the Vulkan loader looks for drivers, besides those that its variables name. */
const DRIVER_FOLDERS = ["/etc/vulkan", "/usr/share/vulkan", "/usr/local/share/vulkan"];

/** Returns why no Vulkan driver can be loaded, if the loader is missing. */
export function whyNoVulkanLoader(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const folders = [...LIBRARY_FOLDERS, ...(Deno.env.get("LD_LIBRARY_PATH")?.split(":") ?? [])];
  const found = folders.some((folder) => isFile(`${folder}/libvulkan.so.1`));
  if (found && !NOTHING_INSTALLED) return undefined;
  return "there is no Vulkan loader (Debian: libvulkan1)";
}

/**
 * Returns why there can be no WebGPU adapter on Vulkan, if there is no driver. Systems other than Linux come with one.
 */
export function whyNoVulkan(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const named = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].flatMap((variable) =>
    Deno.env.get(variable)?.split(":") ?? []
  );
  const described = DRIVER_FOLDERS.some((folder) => {
    return filesOf(`${folder}/icd.d`).some((name) => name.endsWith(".json"));
  });
  const found = described || named.some(isFile);
  if (found && !NOTHING_INSTALLED) return whyNoVulkanLoader();
  return "there is no Vulkan driver (Debian: mesa-vulkan-drivers)";
}

/** Returns the name of a test and whether to ignore it; the name then ends with the reason. */
export function named(name: string, reason: string | undefined): { name: string; ignore: boolean } {
  return { name: reason ? `${name} (ignored: ${reason})` : name, ignore: reason !== undefined };
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function filesOf(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch {
    return [];
  }
}
