/** k + m steps are, bit for bit, k steps in one process and m in another. */
import { assertEquals } from "@std/assert";
import { backends } from "../backends.ts";
import { inFolder } from "../cli/run_cli.ts";

const SCRIPT = new URL("resume_process.ts", import.meta.url);

async function run(...args: string[]): Promise<number[]> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", SCRIPT.href, ...args],
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

for (const { name } of backends) {
  Deno.test(`a run resumed in a new process gives the losses and the state of one process (${name})`, () =>
    inFolder(async (folder) => {
      const [part, rest, whole] = ["part", "rest", "whole"].map((name) => `${folder}/${name}`);
      const first = await run(name, "19", "-", part);
      const second = await run(name, "48", part, rest);
      assertEquals([...first, ...second], await run(name, "48", "-", whole));
      assertEquals(await Deno.readFile(rest), await Deno.readFile(whole));
    }));
}
