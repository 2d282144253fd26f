/** The choice of tiles: kept per adapter, never probed on a software adapter, without leaks. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { createWebGpuBackend } from "../../kernels/webgpu/backend.ts";
import { chooseTile, probeTiles, tileChoiceOf } from "../../kernels/webgpu/tile_probe.ts";
import { gpuTest } from "./adapter.ts";

Deno.test("chooseTile() takes the small tile only if it is clearly faster", () => {
  assertEquals(chooseTile({ 8: 1, 16: 2 }), 8);
  assertEquals(chooseTile({ 8: 1, 16: 1.1 }), undefined);
  assertEquals(chooseTile({ 8: 2, 16: 1 }), undefined);
});

Deno.test("tileChoiceOf() probes each adapter once, and again after a failure", async () => {
  let probes = 0;
  const small = () => {
    probes++;
    return Promise.resolve(8 as const);
  };
  const choices = await Promise.all([tileChoiceOf("one", small), tileChoiceOf("one", small)]);
  assertEquals([choices, probes], [[8, 8], 1]);
  assertEquals(await tileChoiceOf("another", () => Promise.resolve(undefined)), undefined);
  const lost = () => Promise.reject(new Error("lost"));
  await assertRejects(() => tileChoiceOf("broken", lost), Error, "lost");
  assertEquals(await tileChoiceOf("broken", small), 8);
});

gpuTest("probeTiles() times both tiles and leaves nothing behind", async () => {
  using small = await createWebGpuBackend({ tileSide: 8 });
  using large = await createWebGpuBackend({ tileSide: 16 });
  const seconds = await probeTiles({ 8: small, 16: large }, { B: 130, d: 8, N: 150 }, 0);
  assert(seconds[8] > 0 && seconds[8] < 10 && seconds[16] > 0 && seconds[16] < 10);
  assertEquals([small.allocatedBytes, large.allocatedBytes], [0, 0]);
});

gpuTest(
  "a software adapter chooses tiles by the product's size, and any adapter uses those requested",
  async () => {
    using byDefault = await createWebGpuBackend();
    if (byDefault.software) {
      assertEquals(
        byDefault.tiles,
        "64×64 or 128×128, by the product's size",
      );
    }
    using asked = await createWebGpuBackend({ tileSide: 16 });
    assertEquals(asked.tiles, "128×128");
    // The description tells whoever resumes a run that its last bits may differ.
    assertEquals(
      [byDefault.description.includes("tiles"), asked.description.includes(", tiles 128×128")],
      [!byDefault.tiles.includes(" or "), true],
    );
  },
);
