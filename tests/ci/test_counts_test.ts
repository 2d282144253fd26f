/** The closing line of the test command. */

import { assertEquals } from "@std/assert";
import { closingLine, countsOf, packagesOf } from "../../.ci/test_counts.ts";

const OUTPUT = [
  "a kernel (ignored: there is no Vulkan driver (Debian: mesa-vulkan-drivers)) ... ignored (0ms)",
  "a page (ignored: there is no /usr/bin/chromium (Debian: chromium)) ... \x1b[33mignored\x1b[0m (0ms)",
  "another page (ignored: there is no /usr/bin/chromium (Debian: chromium)) ... ignored (0ms)",
  "ok | 1 passed | 1 failed (0ms)",
  "",
  "\x1b[32mok\x1b[0m | 2102 passed (358 steps) | 0 failed | 3 ignored \x1b[90m(4m44s)\x1b[0m",
].join("\n");

Deno.test("the sums are those of the last closing line, with ignored tests", () => {
  assertEquals(countsOf(OUTPUT), { passed: 2102, failed: 0, ignored: 3 });
  assertEquals(countsOf("FAILED | 7 passed | 2 failed (1 step) (3s)"), {
    passed: 7,
    failed: 2,
    ignored: 0,
  });
  assertEquals(countsOf("error: Type checking failed."), undefined);
});

Deno.test("the closing line names each missing Debian package once", () => {
  const line = closingLine({ passed: 2102, failed: 0, ignored: 3 }, packagesOf(OUTPUT));
  assertEquals(
    line,
    "2102 passed, 0 failed, 3 ignored (Debian packages to install: chromium, " +
      "mesa-vulkan-drivers; the whole matrix: deno task test:all)",
  );
});

Deno.test("the closing line of a run without ignored tests is the sums alone", () => {
  assertEquals(closingLine({ passed: 9, failed: 1, ignored: 0 }, []), "9 passed, 1 failed");
});
