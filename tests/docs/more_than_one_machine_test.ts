/** The files of docs/more-than-one-machine.md: hostfiles under both launchers, and the script for Slurm. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { inFolder } from "../cli/run_cli.ts";
import { mpiFamilies, type MpiFamily, mpirun } from "../distributed/mpirun.ts";
import { named } from "../missing.ts";

const ROOT = new URL("../../", import.meta.url);
const page = await Deno.readTextFile(new URL("docs/more-than-one-machine.md", ROOT));

/** The fenced blocks of a kind. */
function blocks(kind: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\``, "gms"))].map(([, text]) =>
    text
  );
}

/** The arguments of the command line in a command that continues over lines. */
function argumentsOf(command: string): string[] {
  const [, args] = command.replaceAll(/ \\\n +/g, " ").match(/ task (.*)$/m)!;
  return args.split(" ");
}

const [OPEN_MPI, MPICH] = mpiFamilies;
const HOSTFILES: readonly { family: MpiFamily; option: string; text: string }[] = [
  { family: OPEN_MPI, option: "--hostfile", text: blocks("hostfile")[0] },
  { family: MPICH, option: "-f", text: blocks("hostfile")[1] },
];

for (const { family, option, text } of HOSTFILES) {
  Deno.test({
    ...named(`the command with a hostfile starts ranks under ${family.name}`, family.missing),
    fn: () =>
      inFolder(async (folder) => {
        const hosts = `${folder}/hosts`;
        // One host, which this machine can reach without SSH.
        const [first] = text.replaceAll(/^node\d/gm, "localhost").split("\n");
        await Deno.writeTextFile(hosts, `${first}\n`);
        const lines = page.split("\n    mpirun ").map((each) => `mpirun ${each}`);
        const command = lines.find((each) => each.startsWith(`mpirun ${option} hosts -n 16 `))!;
        const launcher = { ...family, options: [...family.options, option, hosts] };
        const { code, stderr } = await mpirun(launcher, 2, [
          ...["run", "-R", "-W", "-E", "--allow-ffi", "cli/main.ts"],
          ...argumentsOf(command.split("\n\n")[0]),
        ]);
        // Both ranks have met: the first one reports that there is no such file, once.
        assert(code !== 0);
        const reports = stderr.matchAll(/no such file or directory/g);
        assertEquals([...reports].length, 1, stderr);
      }),
  });
}

Deno.test("the script for Slurm is a script, whose command the command line accepts", async () => {
  const [script, variables] = blocks("sh");
  for (const text of [script, variables]) {
    const bash = new Deno.Command("bash", { args: ["-n", "-c", text], stdin: "null" });
    const { success, stderr } = await bash.output();
    assert(success, new TextDecoder().decode(stderr));
  }
  const settings = script.split("\n").filter((line) => line.startsWith("#SBATCH"));
  for (const line of settings) assertMatch(line, /^#SBATCH --[a-z-]+=\S+$/);
  const perNode = settings.find((line) => line.includes("--ntasks-per-node="))!.split("=")[1];
  const args = argumentsOf(script.slice(script.indexOf("srun ")));
  // The ranks of a node share the latents, as the page says.
  assertEquals(args[args.indexOf("--ranks-per-replica") + 1], perNode);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "cli/main.ts", ...args],
    cwd: ROOT,
    env: { MATRYOSHKA_MPI: "no-such-library.so", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  assertEquals(code, 1);
  assertMatch(new TextDecoder().decode(stderr), /Cannot connect to MPI/);
});
