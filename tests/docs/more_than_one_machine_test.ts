/** The files of docs/more-than-one-machine.md: hostfiles under both launchers, and the scripts. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { inFolder, names } from "../cli/run_cli.ts";
import { runHere } from "../cli/run_here.ts";
import { mpiFamilies, mpirun } from "../distributed/mpirun.ts";
import { named } from "../missing.ts";

const ROOT = new URL("../../", import.meta.url);
const page = await Deno.readTextFile(new URL("docs/more-than-one-machine.md", ROOT));

/** The fenced blocks of a kind. */
function blocks(kind: string): string[] {
  const fenced = page.matchAll(new RegExp(`^\`\`\`${kind}\\n(.*?)^\`\`\``, "gms"));
  return [...fenced].map(([, text]) => text);
}

for (const [n, family] of mpiFamilies.entries()) {
  Deno.test({
    ...named(`the hostfile for ${family.name} starts its ranks`, family.missing),
    fn: () =>
      inFolder(async (folder) => {
        const option = ["--hostfile", "-f"][n];
        assertStringIncludes(page, `    mpirun ${option} hosts -n 16 `);
        // One host, which needs no SSH.
        const [first] = blocks("hostfile")[n].replaceAll(/^node\d/gm, "localhost").split("\n");
        await Deno.writeTextFile(`${folder}/hosts`, `${first}\n`);
        await Deno.mkdir(`${folder}/results`);
        const launcher = { ...family, options: [...family.options, option, `${folder}/hosts`] };
        const program = "tests/distributed/programs/all_calls.ts";
        const { code, stderr } = await mpirun(
          launcher,
          2,
          ["run", "-A", program, `${folder}/results`, "1"],
        );
        assertEquals(code, 0, stderr);
        assertEquals(names(`${folder}/results`), ["0.json", "1.json"]);
      }),
  });
}

Deno.test("the script for Slurm is a script, whose command the command line accepts", async () => {
  const [script] = blocks("sh");
  const bash = new Deno.Command("bash", { args: ["-n", "-c", script], stdin: "null" });
  const { success, stderr: complaint } = await bash.output();
  assert(success, new TextDecoder().decode(complaint));
  const settings = script.split("\n").filter((line) => line.startsWith("#SBATCH"));
  for (const line of settings) assertMatch(line, /^#SBATCH --[a-z-]+=\S+$/);
  const [, line] = script.replaceAll(/ \\\n +/g, " ").match(/^srun .* task (.*)$/m)!;
  const args = line.split(" ");
  // The ranks of a node share the latents, as the page says.
  const perNode = settings.find((line) => line.includes("--ntasks-per-node="))!.split("=")[1];
  assertEquals(args[args.indexOf("--ranks-per-replica") + 1], perNode);
  // A test process cannot join an MPI job: the option that needs one is the only thing to complain about.
  const { code, stderr } = await runHere(args.filter((arg) => arg !== "--mpi"));
  assertEquals(code, 2);
  assertStringIncludes(stderr, `Cannot use --ranks-per-replica ${perNode}: it needs --mpi`);
});
