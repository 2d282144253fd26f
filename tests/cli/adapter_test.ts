/** What a user sees of graphics drivers. */

import { assertEquals } from "@std/assert";

Deno.test("asking for a GPU prints nothing about XDG_RUNTIME_DIR, which containers lack", async () => {
  const { XDG_RUNTIME_DIR: _, ...env } = Deno.env.toObject();
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-R", "-W", "-E", "cli/main.ts", "demo", "--backend", "auto", "--steps", "1"],
      ...["--no-report", "--json"],
    ],
    cwd: new URL("../../", import.meta.url),
    clearEnv: true,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stderr);
  assertEquals([code, text.includes("XDG_RUNTIME_DIR")], [0, false], text);
});
