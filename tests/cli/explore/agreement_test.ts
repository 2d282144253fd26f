/** The explorer says the same of an autoencoder as `eval` on the same rows. */
import { assert, assertEquals, assertGreater, assertLessOrEqual } from "@std/assert";
import type { Activation } from "../../../mod.ts";
import { rounded } from "../../../cli/explore/details.ts";
import type { LatentDetails, Manifest } from "../../../cli/explore/format.ts";
import { inFolder } from "../run_cli.ts";
import { runHere } from "../run_here.ts";
import { jumprelu, someSae, writeSae } from "../sae_samples.ts";
import { receive, writeRows } from "./explorers.ts";

/** Half a unit of the fifth digit, to which the explorer's files round, as a share of the number. */
const ROUNDING = 0.5e-4;

interface Evaluated {
  readonly rows: number;
  readonly l0: number;
  readonly deadLatents: number;
  readonly perPrefix: readonly { readonly prefix: number; readonly fvu: number }[];
}

/** Thresholds so high that some latents are dead. */
const high: Activation = {
  kind: "jumprelu",
  threshold: Float32Array.from({ length: 24 }, (_, i) => i % 8 === 0 ? 100 : 0.3),
};

for (
  const [name, activation, levels] of [
    ["relu", { kind: "relu" }, "6,12,24"],
    ["jumprelu", jumprelu, "6,12,24"],
    ["jumprelu with dead latents", high, "3,24"],
    ["topk", { kind: "topk", k: 4 }, "2,7,24"],
  ] as const
) {
  Deno.test(`FVU, L0 and dead latents of the explorer are those of eval: ${name}`, () =>
    inFolder(async (folder) => {
      const sae = await writeSae(`${folder}/sae.safetensors`, someSae(activation));
      const data = await writeRows(`${folder}/a.safetensors`, 300);
      const rows = ["--rows", "30:270", "--backend", "reference"];
      const out = `${folder}/out`;
      const options = [...rows, "--levels", levels, "--out", out, "--json"];
      const explored = await runHere(["explore", sae, "--data", data, ...options]);
      assertEquals(explored.code, 0, explored.stderr);
      const evaluated = await runHere(["eval", sae, data, ...rows, "--prefixes", levels, "--json"]);
      assertEquals(evaluated.code, 0, evaluated.stderr);
      const report: Evaluated = JSON.parse(evaluated.stdout);
      const printed: Manifest = JSON.parse(explored.stdout);
      const received = await receive(out);
      const manifest = received.get("manifest") as Manifest;
      for (const shown of [printed, manifest]) {
        assertEquals(
          [shown.rows, shown.l0, shown.dead],
          [240, rounded(report.l0), report.deadLatents],
        );
        assertEquals(shown.levels.map(({ prefix }) => prefix), levels.split(",").map(Number));
        assertEquals(report.perPrefix.length, shown.levels.length);
        for (const [n, { fvu }] of report.perPrefix.entries()) {
          assertLessOrEqual(Math.abs(shown.levels[n].fvu - fvu), ROUNDING * fvu);
        }
      }
      // What the page shows of the latents adds up to the same.
      const latents = received.get("details/0") as LatentDetails[];
      const active = latents.reduce((sum, { count }) => sum + count, 0);
      assertEquals(active, Math.round(240 * report.l0));
      assertEquals(latents.filter(({ count }) => count === 0).length, report.deadLatents);
      if (activation === high) assertGreater(report.deadLatents, 2);
      assert(report.l0 > 0);
    }));
}
