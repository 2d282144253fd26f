import { assert, assertEquals } from "@std/assert";
import { createBackend, initialParameters, Random, ToyTree, Trainer } from "../../mod.ts";

const N = 20;

/** Trains from a start at which a third of the latents is too weak to be kept, and counts those dead at the end. */
async function deadAtEnd(auxiliary?: { readonly weight: number }) {
  using backend = await createBackend("wasm");
  const initial = initialParameters(20, N, Random.fromSeed(1));
  for (let n = 0; n < 20 * N; n++) if (Math.floor(n / 20) % 3 === 0) initial.encoder[n] *= 0.01;
  using trainer = await Trainer.create(backend, {
    inputSize: 20,
    latentCount: N,
    steps: 1500,
    activation: { kind: "batchtopk", k: 1.5 },
    prefixCount: 1,
    unitDecoder: "afterUpdate",
    deadAfter: 50,
    initial,
    auxiliary,
  });
  const world = ToyTree.create();
  const random = Random.fromSeed(5);
  for (let step = 0; step < 1500; step++) await trainer.step(world.sample(256, random).batch);
  const { deadLatents, perPrefix } = await trainer.metrics();
  return { deadLatents, fvu: perPrefix[0].fvu };
}

Deno.test("AuxK revives latents that a selection would never keep, and without it they stay dead", async () => {
  const without = await deadAtEnd();
  const revived = await deadAtEnd({ weight: 1 / 32 });
  assertEquals(revived.deadLatents, 0);
  assert(without.deadLatents >= 5, `only ${without.deadLatents} of 7 stay dead`);
  assert(revived.fvu < without.fvu / 10, `FVU ${without.fvu} → ${revived.fvu}`);
});
