/** Compares the plain encode with the screened one. */

import type { Backend } from "../../kernels/kernel.ts";
import { makeSparseProblem } from "../harness/selections.ts";
import {
  type Codes,
  encodingTensors,
  quantizedTensors,
  recordPlain,
  recordQuantization,
  recordScreened,
} from "../harness/sparse_encoding.ts";
import { median } from "../harness/statistics.ts";
import type { Case, Comparison, Effort } from "./results.ts";
import { takeRounds } from "./rounds.ts";

/** A bias that leaves no candidate: far below any product, and far from float32's limits. */
const OUT_OF_REACH = -1e9;

/** What a comparison finds, apart from where it ran. */
export type Finding = Omit<
  Comparison,
  keyof Case | "lowering" | "threads" | "description" | "screening"
>;

/**
 * Compares the codes of both bit for bit, then takes their times in turns, and those of the parts.
 *
 * @throws {Error} if the codes differ.
 */
export async function compareEncodes(
  backend: Backend,
  { shape, density, selection }: Case,
  effort: Effort,
): Promise<Finding> {
  const { B, N } = shape;
  using tensors = encodingTensors(backend, makeSparseProblem(shape, density, selection));
  const w = tensors.workspace;
  const quantized = quantizedTensors(tensors);
  const rows = await recordQuantization(tensors, quantized, "rows");
  const latents = await recordQuantization(tensors, quantized, "latents");
  const room = Math.min(2 * Math.ceil(density * N) * B + N, B * N);
  using plain = await recordPlain(tensors, room);
  using screened = await recordScreened(tensors, quantized, room);
  using none = await recordScreened(
    tensors,
    quantized,
    room,
    w.filled(new Float32Array(N).fill(OUT_OF_REACH), N),
  );
  const run = (...programs: Parameters<Backend["submit"]>[0][]) => async () => {
    for (const program of programs) backend.submit(program);
    await backend.idle();
  };
  await run(latents, rows, plain.program, screened.program)();
  const active = await checkSame(await plain.codes(), await screened.codes()) / B;
  const candidates = await screened.candidates();
  const rounds = await takeRounds({
    plain: run(plain.program),
    screened: run(rows, screened.program),
    quantizeRows: run(rows),
    product: run(none.program),
    quantizeLatents: run(latents),
  }, effort);
  // Again: a guard in the kernel may have chosen another way since.
  await checkSame(await plain.codes(), await screened.codes());
  return {
    gate: "row offsets, indices and values",
    active,
    candidates,
    parts: {
      quantizeRows: median(rounds.map((round) => round.quantizeRows)),
      quantizeLatents: median(rounds.map((round) => round.quantizeLatents)),
      product: median(rounds.map((round) => round.product)),
      candidates: median(
        rounds.map(({ screened, quantizeRows, product }) => screened - quantizeRows - product),
      ),
    },
    rounds,
    plainMs: median(rounds.map((round) => round.plain)),
    screenedMs: median(rounds.map((round) => round.screened)),
    speedup: median(rounds.map((round) => round.plain / round.screened)),
  };
}

/** Returns the number of codes. */
async function checkSame(plain: Codes, screened: Codes): Promise<number> {
  for (const name of ["rowOffsets", "indices", "values"] as const) {
    const [a, b] = [plain[name], screened[name]].map(({ buffer }) => new Uint32Array(buffer));
    const differs = a.length !== b.length
      ? Math.min(a.length, b.length)
      : a.findIndex((x, i) => x !== b[i]);
    if (differs < 0) continue;
    throw new Error(`Cannot time the screened encode: element ${differs} of its ${name} differs`);
  }
  return await Promise.resolve(plain.indices.length);
}
