/** The problem of an autoencoder with stored weights: its codes are those of the plain encode in float32. */
import { assert, assertEquals } from "@std/assert";
import { encodeSparse } from "../../../kernels/encode_sparse.ts";
import { createBackend, type SparseCodes } from "../../../mod.ts";
import { roundoffOf } from "../../conformance/tolerance.ts";
import type { Problem } from "./problem.ts";
import { encoderBias, latentWeights, storedRows, type StoredSae } from "./stored_sae.ts";

/** Returns the most latents of a row that may be active: those of which it is made, and a few that chance adds. */
function mostActive({ latentCount }: StoredSae): number {
  return 96 + Math.ceil(latentCount / 128);
}

/** Rows that are compared with float64, too. */
const CHECKED_ROWS = 2;

/** Encodes rows as defined: the stored weights expanded to float32, and the plain kernel. */
export async function plainCodes(sae: StoredSae, rows: Float32Array): Promise<SparseCodes> {
  const { inputSize: d, latentCount: N } = sae;
  const B = rows.length / d;
  const room = mostActive(sae);
  using backend = await createBackend("wasm");
  const encoder = backend.tensor("f32", [N, d]);
  const weights = backend.memory!(encoder) as Float32Array;
  for (let i = 0; i < N; i++) latentWeights(sae, i, weights.subarray(i * d, (i + 1) * d));
  const filled = (data: Float32Array, ...shape: number[]) => {
    const tensor = backend.tensor("f32", shape);
    backend.write(tensor, data);
    return tensor;
  };
  const codes = {
    rowOffsets: backend.tensor("u32", [B + 1]),
    indices: backend.tensor("u32", [room * B]),
    values: backend.tensor("f32", [room * B]),
    overflow: backend.tensor("u32", [1]),
  };
  const operands = {
    input: filled(rows, B, d),
    encoder,
    encoderBias: filled(encoderBias(sae), N),
    threshold: backend.tensor("f32", [N]),
    ...codes,
  };
  const program = await backend.record((r) => {
    r.run(encodeSparse, operands, { selection: "relu", k: 0 });
  });
  backend.submit(program);
  const rowOffsets = (await backend.read(codes.rowOffsets)) as Uint32Array;
  assertEquals(await backend.read(codes.overflow), Uint32Array.of(0));
  return {
    rows: B,
    latentCount: N,
    rowOffsets,
    indices: ((await backend.read(codes.indices)) as Uint32Array).slice(0, rowOffsets[B]),
    values: ((await backend.read(codes.values)) as Float32Array).slice(0, rowOffsets[B]),
  };
}

/** Throws unless the first rows' codes agree with float64, and a few dozen latents are active. */
function assertExact(sae: StoredSae, codes: SparseCodes, rows: Float32Array): void {
  const { inputSize: d, latentCount: N } = sae;
  const bias = encoderBias(sae);
  const weights = new Float32Array(d);
  for (let b = 0; b < Math.min(CHECKED_ROWS, codes.rows); b++) {
    let e = codes.rowOffsets[b];
    const count = codes.rowOffsets[b + 1] - e;
    assert(count >= 10 && count <= mostActive(sae), `row ${b} has ${count} active latents`);
    for (let i = 0; i < N; i++) {
      latentWeights(sae, i, weights);
      let sum = bias[i];
      let magnitude = Math.abs(sum);
      for (let k = 0; k < d; k++) {
        const product = weights[k] * rows[b * d + k];
        sum += product;
        magnitude += Math.abs(product);
      }
      const active = codes.indices[e] === i && e < codes.rowOffsets[b + 1];
      const error = Math.abs((active ? codes.values[e++] : 0) - Math.max(sum, 0));
      const most = roundoffOf(d + 1, magnitude);
      assert(error <= most, `latent ${i} of row ${b} has the error ${error}, more than ${most}`);
    }
  }
}

/** Returns the problem of an autoencoder. The codes of rows are computed once per number of rows. */
export function storedProblem(sae: StoredSae): Problem {
  const known = new Map<number, Promise<SparseCodes>>();
  async function codesOf(count: number): Promise<SparseCodes> {
    const rows = storedRows(sae, count, sae.seed);
    const codes = await plainCodes(sae, rows);
    assertExact(sae, codes, rows);
    return codes;
  }
  return {
    rows: (count) => storedRows(sae, count, sae.seed),
    async assertCodes(codes, rows) {
      const count = rows.length / sae.inputSize;
      const expected = known.get(count) ?? codesOf(count);
      known.set(count, expected);
      assertEquals(codes, await expected);
    },
  };
}
