/** Evaluations over ranks that share the latents. */
import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  type Activation,
  createBackend,
  evaluate,
  evaluateShare,
  initialParameters,
  Random,
  runRanks,
  ToyTree,
} from "../../mod.ts";

const [d, N] = [20, 12];
const SHARES = [[0, 1], [1, 8], [8, N]];
const ACTIVATIONS: Activation[] = [
  { kind: "relu" },
  { kind: "identity" },
  { kind: "jumprelu", threshold: Float32Array.from({ length: N }, (_, i) => 0.02 * i) },
  { kind: "topk", k: 3 },
  { kind: "batchtopk", k: 2 },
];

const whole = initialParameters(d, N, Random.fromSeed(1));

function shareOf(from: number, to: number) {
  const { encoder, encoderBias, decoder, ...rest } = whole;
  return {
    ...rest,
    latentCount: to - from,
    encoder: encoder.slice(d * from, d * to),
    encoderBias: encoderBias.slice(from, to),
    decoder: decoder.slice(d * from, d * to),
  };
}

async function* rows(count = 2) {
  const world = ToyTree.create({ seed: 2 });
  for (let n = 0; n < count; n++) yield world.sample(20 + n, Random.fromSeed(3 + n)).batch;
}

for (const activation of ACTIVATIONS) {
  Deno.test(`evaluateShare() on three ranks measures what evaluate() does, ${activation.kind}`, async () => {
    using backend = await createBackend("reference");
    const options = { prefixes: [3, 8, 9, N], subtractDecoderBias: true };
    const expected = await evaluate(backend, whole, rows(), { ...options, activation });
    const results = await runRanks(3, (communicator) => {
      const [from, to] = SHARES[communicator.rank];
      const own = activation.kind === "jumprelu"
        ? { ...activation, threshold: activation.threshold.slice(from, to) }
        : activation;
      const place = { communicator, latents: { from, to }, latentCount: N, activation: own };
      return evaluateShare(backend, shareOf(from, to), rows(), { ...options, ...place });
    });
    for (const { perPrefix, ...others } of results) {
      const { perPrefix: wanted, ...rest } = expected;
      assertEquals(others, rest);
      for (const [j, { prefix, fvu, l0 }] of perPrefix.entries()) {
        assertEquals([prefix, l0], [wanted[j].prefix, wanted[j].l0]);
        // Reconstructions are float32, sums of at most N terms, and the residual is no smaller than a tenth of a row.
        assertAlmostEquals(fvu, wanted[j].fvu, 10 * N * 2 ** -24 * wanted[j].fvu);
      }
    }
  });
}

Deno.test("evaluateShare() names the rank whose batches are others, or cannot be read", async () => {
  using backend = await createBackend("reference");
  const run = (batches: (rank: number) => AsyncIterable<Float32Array>) =>
    runRanks(2, (communicator) => {
      const [from, to] = [[0, 5], [5, N]][communicator.rank];
      const options = { communicator, latents: { from, to }, latentCount: N, prefixes: [N] };
      return evaluateShare(backend, shareOf(from, to), batches(communicator.rank), options);
    });
  await assertRejects(
    () => run((rank) => rows(rank + 1)),
    RangeError,
    "the batches must be the same on all ranks, but one has 0 rows on rank 0 and 21 on rank 1",
  );
  // deno-lint-ignore require-yield
  async function* unreadable() {
    throw new Error("Cannot read a");
  }
  await assertRejects(
    () => run((rank) => rank === 1 ? unreadable() : rows()),
    Error,
    "Cannot evaluate the autoencoder: rank 1: Cannot read a",
  );
});
