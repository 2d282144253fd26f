/** The tests that need Debian packages, as on a machine that has only Node and npm. */

import { assert, assertEquals } from "@std/assert";
import { countsOf, packagesOf } from "../../.ci/test_counts.ts";

/** Some files whose tests need a driver, a browser or MPI. */
const FILES = [
  "tests/distributed/endings_test.ts",
  "tests/distributed/mpi_test.ts",
  "tests/chromium/conformance_test.ts",
  "tests/webgpu/device_test.ts",
  "tests/webgpu/variants_test.ts",
  "tests/runtimes/browser_test.ts",
];

Deno.test("without Debian packages, tests are ignored with the package's name, and none fails", async () => {
  const { CI: _, ...env } = Deno.env.toObject();
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--no-check", ...FILES],
    cwd: new URL("../../", import.meta.url),
    clearEnv: true,
    env: { ...env, WITHOUT_DEBIAN_PACKAGES: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assert(success, text + new TextDecoder().decode(stderr));
  const { failed, ignored } = countsOf(text)!;
  assertEquals(failed, 0);
  const lines = text.split("\n").filter((line) => / \.\.\. .*ignored/.test(line));
  assertEquals(lines.length, ignored);
  for (const line of lines) assert(/\(ignored: .*\(Debian: .*\)\)/.test(line), line);
  assertEquals(packagesOf(text), [
    "chromium",
    "firefox-esr",
    "mesa-vulkan-drivers",
    "mpich",
    "openmpi-bin",
  ]);
});
