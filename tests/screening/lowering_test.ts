import { assertEquals } from "@std/assert";
import { named } from "../missing.ts";

const reason = Deno.build.arch === "x86_64" ? undefined : "V8 has the flag on x86-64 only";

Deno.test({
  ...named(
    "encodes are equal with and without screening where int8 products take several instructions",
    reason,
  ),
  async fn() {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["test", "-A", "--no-check", "--v8-flags=--no-enable-avx-vnni"],
        new URL("equal_bits_test.ts", import.meta.url).pathname,
      ],
      env: {
        NO_COLOR: "1",
        // No WebGPU adapter is asked for: Mesa's driver has been seen to abort while deno unloads it.
        WITHOUT_DEBIAN_PACKAGES: "1",
        CI: "",
      },
    }).output();
    assertEquals(code, 0, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  },
});
