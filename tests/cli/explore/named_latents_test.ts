/** The latents that docs/explore.md names, cut out of README's run, stand for the words that the page says. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { EXPLORE_PAGE, foundRow, namedLatents } from "../../../bench/figures/named_latents.ts";
import type { LatentDetails } from "../../../cli/explore/format.ts";
import { inFolder } from "../run_cli.ts";
import { runHere } from "../run_here.ts";
import { receive } from "./explorers.ts";

const GOLDEN = new URL("../../golden/explorer/", import.meta.url).pathname;
const PAGE = await Deno.readTextFile(new URL(`../../../${EXPLORE_PAGE}`, import.meta.url));

Deno.test("each of the ten latents that the page names shows the words that it stands for", () =>
  inFolder(async (folder) => {
    const named = namedLatents(PAGE);
    assertEquals(named.length, 10);
    const { code, stderr } = await runHere([
      ...["explore", GOLDEN, "--data", `${GOLDEN}/rows.safetensors`, "--backend", "reference"],
      ...["--tokens", `${GOLDEN}/vocab.json`, "--out", `${folder}/out`],
    ]);
    assertEquals(code, 0, stderr);
    const received = await receive(`${folder}/out`);
    const shown = received.get("details/0") as LatentDetails[];
    assertEquals(shown.length, 10);
    for (const [n, each] of named.entries()) {
      const row = foundRow(each, shown[n]);
      assert(PAGE.includes(row), `${row}: ${each.words.join(", ")}`);
      const [{ tokens, values, peak }] = shown[n].top;
      assert(each.words.includes(tokens[peak]), `latent ${each.latent}: ${tokens.join(" ")}`);
      assertEquals(Math.max(...values), values[peak]);
      assertLess(1, shown[n].distinctive[0].lift);
    }
    // Words of another latent are not found.
    assert(!PAGE.includes(foundRow(named[0], shown[1])));
  }));
