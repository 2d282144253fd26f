/** Addresses of the explorer's page, and whether its bundle is current. */
import { assertEquals } from "@std/assert";
import { stalePage } from "../../../cli/explore/page/build.ts";
import { addressOf, parseAddress, type State } from "../../../cli/explore/page/state.ts";

const BOUNDS = { latentCount: 100, levels: 3 };

Deno.test("every state has an address that leads back to it", () => {
  for (const view of ["list", "tree", "live"] as const) {
    for (const latent of [null, 0, 99]) {
      for (const query of ["", "a&b=#? ü"]) {
        for (const descending of [false, true]) {
          for (const level of [0, 2]) {
            const state: State = { view, latent, query, sort: "count", descending, level };
            assertEquals(parseAddress(addressOf(state, BOUNDS), BOUNDS), state);
          }
        }
      }
    }
  }
});

Deno.test("short addresses are understood, and wrong ones lead to the list", () => {
  const at = (hash: string) => parseAddress(hash, BOUNDS);
  assertEquals(at("#/latent/17").latent, 17);
  assertEquals(at("#/tree").view, "tree");
  assertEquals(at("#/?q=the").query, "the");
  for (
    const wrong of ["", "#", "#/latent/100", "#/latent/-1", "#/latent/1e1", "#/?sort=x&level=3"]
  ) {
    assertEquals(addressOf(at(wrong), BOUNDS), "#/", wrong);
  }
});

Deno.test("the bundles of the explorer's page are current", async () => {
  assertEquals(await stalePage(), [], "stale: run deno task build:explorer");
});
