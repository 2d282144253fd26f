/**
 * Times encoding to sparse codes and decoding them on every backend, in several chunks of rows, once
 * the results have agreed with the reference.
 */
import { denseFromCodes, initialParameters, Random, SparseAutoencoder } from "../mod.ts";
import { ReferenceBackend } from "../kernels/reference/backend.ts";
import { backends } from "../tests/backends.ts";
import { relativeError } from "../tests/relative_error.ts";

/** B, d, N, k: small enough for the reference backend. */
const [ROWS, INPUT_SIZE, LATENTS, K] = [256, 64, 512, 16];
const OPTIONS = { activation: { kind: "topk", k: K }, chunkRows: 64 } as const;

const random = Random.fromSeed(1);
const parameters = initialParameters(INPUT_SIZE, LATENTS, random);
const batch = Float32Array.from({ length: ROWS * INPUT_SIZE }, () => random.normal());
using oracle = new ReferenceBackend();
using reference = SparseAutoencoder.fromParameters(oracle, parameters, OPTIONS);
const expectedCodes = await reference.encode(batch);
const expected = await reference.decode(expectedCodes);

for (const { name, create, lossTolerance } of backends) {
  const sae = SparseAutoencoder.fromParameters(await create(), parameters, OPTIONS);
  const codes = await sae.encode(batch);
  const errors = {
    encode: relativeError(denseFromCodes(codes), denseFromCodes(expectedCodes)),
    decode: relativeError(await sae.decode(expectedCodes), expected),
  };
  for (const [call, error] of Object.entries(errors)) {
    if (!(error <= lossTolerance)) {
      throw new Error(`Cannot time ${call} on ${name}: its relative error is ${error}`);
    }
  }
  const group = (call: string) =>
    `${call} (B ${ROWS}, d ${INPUT_SIZE}, N ${LATENTS}, k ${K}, in chunks of ${OPTIONS.chunkRows})`;
  const baseline = name === "reference";
  Deno.bench({
    name,
    group: group("encode"),
    baseline,
    fn: async () => void await sae.encode(batch),
  });
  Deno.bench({
    name,
    group: group("decode"),
    baseline,
    fn: async () => void await sae.decode(codes),
  });
}
