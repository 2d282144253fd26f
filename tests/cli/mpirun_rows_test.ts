/** `mpirun … encode --mpi` and `eval --mpi`, under the launchers of both families. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { mpiFamilies, mpirun } from "../distributed/mpirun.ts";
import { named } from "../missing.ts";
import { inFolder, names, runCli, writeNpy } from "./run_cli.ts";
import { someSae, writeSae } from "./sae_samples.ts";

const MAIN = ["run", "-R", "-W", "-E", "--allow-ffi", "cli/main.ts"];

/** Waits until a condition holds. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Returns the processes of Deno that have this word among their arguments. */
function processesWith(word: string): number[] {
  return [...Deno.readDirSync("/proc")].flatMap(({ name }) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const [program, ...args] = Deno.readTextFileSync(`/proc/${name}/cmdline`).split("\0");
      return program === Deno.execPath() && args.includes(word) ? [Number(name)] : [];
    } catch {
      return []; // It has ended.
    }
  });
}

for (const family of mpiFamilies) {
  Deno.test({
    ...named(
      `encode --mpi and eval --mpi give what one process gives, ${family.name}`,
      family.missing,
    ),
    fn: () =>
      inFolder(async (folder) => {
        const sae = await writeSae(
          `${folder}/sae.safetensors`,
          someSae({ kind: "batchtopk", k: 3 }),
        );
        const data = [
          await writeNpy(`${folder}/a.npy`, 70, 1),
          await writeNpy(`${folder}/b.npy`, 31, 2),
        ];
        const common = [sae, ...data, "--batch", "8", "--backend", "wasm"];
        const out = `${folder}/codes.safetensors`;
        const encode = ["encode", ...common, "--out", out, "--force"];
        await runCli(encode);
        const alone = await Deno.readFile(out);
        const encoded = await mpirun(family, 3, [...MAIN, ...encode, "--mpi"]);
        assertEquals(encoded.code, 0, encoded.stderr);
        assertMatch(encoded.stdout, /^Encoded 101 rows to .*\n$/);
        assertEquals(await Deno.readFile(out), alone);
        assertEquals(names(folder), ["a.npy", "b.npy", "codes.safetensors", "sae.safetensors"]);

        const evaluate = ["eval", ...common, "--json"];
        const { stdout } = await runCli(evaluate);
        const evaluated = await mpirun(family, 3, [...MAIN, ...evaluate, "--mpi"]);
        assertEquals(evaluated.code, 0, evaluated.stderr);
        assertEquals(evaluated.stdout, stdout);
      }),
  });

  Deno.test({
    ...named(
      `a rank that is killed ends encode --mpi, and leaves no file of codes, ${family.name}`,
      family.missing,
    ),
    fn: () =>
      inFolder(async (folder) => {
        const sae = await writeSae(`${folder}/sae.safetensors`, someSae({ kind: "topk", k: 3 }));
        const data = await writeNpy(`${folder}/a.npy`, 200_000, 1);
        const out = `${folder}/codes.safetensors`;
        const args = [
          "encode",
          "--mpi",
          sae,
          data,
          "--batch",
          "8",
          "--out",
          out,
          "--backend",
          "wasm",
        ];
        const job = mpirun(family, 3, [...MAIN, ...args]);
        const writing = () => names(folder).filter((name) => name.endsWith(".values.tmp"));
        await until(() => writing().length === 3);
        const [, killed] = processesWith(out);
        const begin = performance.now();
        Deno.kill(killed, "SIGKILL");
        const { code, stdout } = await job;
        assertNotEquals(code, 0);
        assertEquals(stdout.includes("Encoded"), false);
        // Within seconds, where the rows would have taken most of a minute.
        assertEquals(performance.now() - begin < 10_000, true);
        assertEquals(names(folder).includes("codes.safetensors"), false);
      }),
  });
}
