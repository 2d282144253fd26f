/** Programs and drivers that a machine lacks: a visible ignore on one's own, a failure in CI. */

/** Returns why a program cannot be run here; never in CI, where that has to fail. */
export function whyMissing(program: string, debianPackage: string): string | undefined {
  if (Deno.env.get("CI") || isFile(program)) return undefined;
  return `there is no ${program} (Debian: ${debianPackage})`;
}

/** Where Linux keeps the Vulkan loader, which every driver and SwiftShader need. */
const LIBRARY_FOLDERS = [
  "/usr/lib/x86_64-linux-gnu",
  "/usr/lib/aarch64-linux-gnu",
  "/usr/lib64",
  "/usr/lib",
  "/usr/local/lib",
];

/** Where the Vulkan loader looks for the descriptions of drivers, besides what its variables name. */
const DRIVER_FOLDERS = ["/etc/vulkan", "/usr/share/vulkan", "/usr/local/share/vulkan"];

/** Returns why no Vulkan driver can be loaded: the loader is missing. */
export function whyNoVulkanLoader(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const folders = [...LIBRARY_FOLDERS, ...(Deno.env.get("LD_LIBRARY_PATH")?.split(":") ?? [])];
  if (folders.some((folder) => isFile(`${folder}/libvulkan.so.1`))) return undefined;
  return "there is no Vulkan loader (Debian: libvulkan1)";
}

/**
 * Returns why there can be no WebGPU adapter on Vulkan: there is no driver. Systems other than Linux bring theirs.
 */
export function whyNoVulkan(): string | undefined {
  if (Deno.build.os !== "linux") return undefined;
  const named = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].flatMap((variable) =>
    Deno.env.get(variable)?.split(":") ?? []
  );
  const described = DRIVER_FOLDERS.some((folder) => {
    return filesOf(`${folder}/icd.d`).some((name) => name.endsWith(".json"));
  });
  if (described || named.some(isFile)) return whyNoVulkanLoader();
  return "there is no Vulkan driver (Debian: mesa-vulkan-drivers)";
}

/** Returns the name of a test, with the reason in sight if it is ignored. */
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
