import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Backend } from "../../mod.ts";
import { checkScreening } from "../../cli/terminal/screening.ts";
import { UsageError } from "../../cli/terminal/failure.ts";
import { formatNumber } from "../../cli/terminal/text.ts";
import { inFolder, trainArgs, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";

Deno.test("train writes the same autoencoder with and without screening, and shows the candidates", () =>
  inFolder(async (folder) => {
    const data = [await writeNpy(`${folder}/a.npy`, 300, 1)];
    const train = async (screening: string) => {
      const out = `${folder}/${screening}`;
      const { code, stdout, stderr } = await runHere(
        trainArgs(
          data,
          out,
          ...["--steps", "20", "--algorithm", "sparse", "--screening", screening],
        ),
      );
      assertEquals(code, 0, stderr);
      const { history, options } = JSON.parse(await Deno.readTextFile(`${out}/run.json`));
      assertEquals(options.screening, screening);
      const sae = await Deno.readFile(`${out}/sae.safetensors`);
      return { stdout, history, sae, report: await Deno.readTextFile(`${out}/report.html`) };
    };
    const on = await train("on");
    const off = await train("off");
    assertEquals(on.sae, off.sae);
    // On the reference backend, the active latents alone are candidates.
    const { l0, screening } = on.history.at(-1);
    assertEquals(screening, { candidates: l0 });
    assertEquals(off.history.at(-1).screening, undefined);
    const shown = `encode screened (${formatNumber(l0)} candidates per row)`;
    assertStringIncludes(on.stdout, `float64), ${shown}\n`);
    assertStringIncludes(off.stdout, "float64), encode plain\n");
    assert(on.report.includes("candidates") && !off.report.includes("candidates"));
  }));

Deno.test("--screening on names a backend that cannot screen", () => {
  const lacking = { name: "webgpu" } as Backend;
  assertThrows(
    () => checkScreening("on", lacking),
    UsageError,
    "Cannot use --screening on: the backend webgpu has no kernels for it",
  );
  checkScreening("auto", lacking);
});
