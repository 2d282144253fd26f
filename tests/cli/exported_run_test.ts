import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { inFolder, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";

async function succeeds(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere([...args]);
  assertEquals(code, 0, stderr);
  return stdout;
}

for (
  const [name, ...recipe] of [
    ["batch top-k", "--k", "2"],
    ["jumprelu", "--activation", "jumprelu", "--prefixes", "3", "--target-l0", "3"],
  ]
) {
  Deno.test(`a run with ${name} measures the same from the files of SAELens and Gemma Scope`, () =>
    inFolder(async (folder) => {
      const data = await writeNpy(`${folder}/a.npy`, 400, 1);
      const run = `${folder}/run`;
      const reference = ["--backend", "reference"];
      await succeeds([
        ...["train", "--data", data, "--latents", "32", "--steps", "30", "--batch", "64"],
        ...[...recipe, "--no-report", "--out", run, ...reference],
      ]);
      const measured = async (sae: string) =>
        JSON.parse(await succeeds(["eval", sae, data, ...reference, "--json"]));
      const native = await measured(run);
      assert(native.l0 > 0.5 && native.perPrefix.at(-1).fvu < 1);
      for (const format of ["saelens", "gemma_scope"]) {
        await succeeds(["convert", run, `${folder}/${format}`, "--to", format]);
        const { l0, perPrefix } = await measured(`${folder}/${format}`);
        assertEquals(l0, native.l0, format);
        // Conversion folds what a format cannot express into weights and biases, and rounds each to float32 again: 2⁻²⁴
        // of an encoder's and of a decoder's numbers, which an error of the size of the inputs counts twice.
        assertAlmostEquals(perPrefix.at(-1).fvu, native.perPrefix.at(-1).fvu, 2 ** -22, format);
      }
    }));
}
