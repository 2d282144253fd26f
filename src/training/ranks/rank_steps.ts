/**
 * Takes the training steps of one rank, and exchanges sums with the others. docs/mathematics.md derives them.
 *
 * @module
 */
import type { Tensor, Values } from "../../../kernels/kernel.ts";
import { counted } from "../../base/counts.ts";
import { evenShare, type Range } from "../../distributed/shares.ts";
import { keepBatchTopk, keepTopk } from "../../distributed/selection.ts";
import type { Batch } from "../../model/batch.ts";
import { ProgramCache } from "../../step/program_cache.ts";
import { correctionAt, writeControls } from "../step_controls.ts";
import type { RunnerParts, StepInput, StepRunner } from "../step_programs.ts";
import { float32Batch, scaleAfter, scaledRows } from "../batch_statistics.ts";
import { varianceOf } from "../../base/vectors.ts";
import type { RankGrid } from "./grid.ts";
import { type LocalPrefixes, localPrefixes } from "./local_prefixes.ts";
import { changeTensors, fingerprintOf } from "./messages.ts";
import { type EndingPrograms, RankPrograms } from "./rank_programs.ts";

/** A step while it is taken. */
interface Taking {
  readonly input: StepInput;
  readonly programs: RankPrograms;
  /** The rows of the batch that this rank computes. */
  readonly rows: Range;
  /** Their share of the batch. */
  readonly share: number;
  readonly prefixes: LocalPrefixes;
}

/** Takes steps over several ranks. All ranks call the same methods with the same values. */
export class RankSteps implements StepRunner {
  readonly #parts: RunnerParts;
  readonly #grid: RankGrid;
  readonly #cache: ProgramCache<RankPrograms>;

  constructor(parts: RunnerParts, grid: RankGrid) {
    this.#parts = parts;
    this.#grid = grid;
    this.#cache = new ProgramCache(parts.backend, "the trainer");
  }

  async take(input: StepInput): Promise<void> {
    const { backend, options, tensors, derived, ring } = this.#parts;
    await this.#checkSameStep(input);
    const rows = this.#rowsOf(input);
    const programs = await this.#programsFor(input, rows);
    const { screen } = programs.recording.parts;
    await derived.refresh(screen !== undefined);
    input.checkAlive();
    const { bounds, weights, step } = input;
    // All gradients are linear in the weights, so that the sum over replicas is the gradient of the whole batch.
    const share = (rows.to - rows.from) / input.rows;
    const prefixes = localPrefixes(bounds, weights.map((w) => w * share), this.#grid.latents);
    const taking = { input, programs, rows, share, prefixes };
    writeControls(backend, tensors, options, step);
    backend.write(programs.recording.tensors.contained, prefixes.contained);
    backend.write(programs.recording.tensors.weights, weights);
    backend.write(programs.recording.tensors.penaltyWeights, weights);
    await this.#writeBatch(taking);
    await this.#encode(taking);
    await this.#exchangeSums(taking);
    const ending = await programs.ending(prefixes.bounds.length);
    input.checkAlive();
    backend.write(ending.tensors.bounds, prefixes.bounds);
    backend.write(ending.tensors.weights, prefixes.weights);
    backend.write(ending.tensors.tailWeights, prefixes.tailWeights);
    await this.#scan(programs, "exclusiveScan");
    backend.submit(ending.residuals);
    await this.#scan(programs, "reverseExclusiveScan");
    backend.submit(ending.gradients);
    await this.#addReplicas(programs);
    await this.#exchangeTotals(taking, ending);
    input.checkAlive();
    ring.begin(step, Array.from(bounds), screen?.candidates);
    backend.submit(programs.update);
    derived.updated(screen !== undefined);
  }

  clear(): void {
    this.#cache.clear();
  }

  async ofAllLatents(values: Values): Promise<Values> {
    const { replica } = this.#grid;
    const counts = await replica.allGather(Uint32Array.of(values.length));
    const most = Math.max(...counts);
    const padded = new (values.constructor as new (length: number) => typeof values)(most);
    padded.set(values);
    const all = await replica.allGather(padded);
    let next = 0;
    counts.forEach((count, r) => {
      all.copyWithin(next, r * most, r * most + count);
      next += count;
    });
    return all.subarray(0, next);
  }

  async candidatesOfAll(candidates: number | undefined): Promise<number | undefined> {
    const { world, peers, latents: { from, to } } = this.#grid;
    // A rank that does not screen computes all its latents.
    const sums = Float64Array.of(candidates === undefined ? 0 : 1, candidates ?? to - from);
    await world.allReduce(sums);
    return sums[0] > 0 ? sums[1] / peers.size : undefined;
  }

  [Symbol.dispose](): void {
    this.#cache[Symbol.dispose]();
  }

  /** Checks, before anything is sent whose length depends on the batch, that all ranks take the same step. */
  async #checkSameStep({ step, bounds, batch }: StepInput): Promise<void> {
    const own = Float64Array.of(fingerprintOf([step], bounds, batch));
    const rank = (await this.#grid.world.allGather(own)).findIndex((value, _, all) =>
      value !== all[0]
    );
    if (rank < 0) return;
    throw new Error(
      `Cannot take training step ${
        step + 1
      }: rank ${rank} has another batch or other prefixes than rank 0`,
    );
  }

  #rowsOf({ rows, step }: StepInput): Range {
    const { rank, size } = this.#grid.peers;
    if (rows >= size) return evenShare(rows, size, rank);
    throw new RangeError(
      `Cannot take training step ${step + 1}: a batch of ${
        counted(rows, "row")
      } cannot be dealt to ${size} replicas`,
    );
  }

  async #programsFor(input: StepInput, { from, to }: Range): Promise<RankPrograms> {
    const { algorithm, screening } = this.#parts;
    const roomPerRow = algorithm.roomFor(1);
    const kind = {
      B: to - from,
      batchRows: input.rows,
      P: input.bounds.length,
      float16: input.batch instanceof Uint16Array && !this.#scalesOnHost,
      roomPerRow,
      screens: roomPerRow !== undefined && screening.current,
    };
    const key = Object.values(kind).join(" ");
    return await this.#cache.get(key, (w) => RankPrograms.record(w, this.#parts, this.#grid, kind));
  }

  /** Whether the host scales the rows, because the scale depends on rows of other replicas. */
  get #scalesOnHost(): boolean {
    return this.#grid.peers.size > 1 && this.#parts.options.inputScaling !== "none";
  }

  /** Writes the rows that this rank computes. If there are others, the whole batch gives the scale and the variance. */
  async #writeBatch({ input: { batch, rows: all, step }, programs, rows }: Taking): Promise<void> {
    const { backend, options, tensors: { runningNorm, scale, totalVariance } } = this.#parts;
    const d = batch.length / all;
    const own = <Rows extends Batch | Float64Array>(values: Rows) =>
      values.subarray(rows.from * d, rows.to * d) as Rows;
    if (this.#grid.peers.size === 1) return programs.recording.batch.write(backend, batch);
    const values = float32Batch(batch);
    if (!this.#scalesOnHost) {
      backend.write(totalVariance, [varianceOf(values, all)]);
      return programs.recording.batch.write(backend, own(batch));
    }
    const before = await backend.read(runningNorm);
    const after = scaleAfter(values, all, before, correctionAt(step, options));
    backend.write(runningNorm, [after.running]);
    backend.write(scale, [after.scale]);
    backend.write(totalVariance, [varianceOf(values, all) * after.scale ** 2]);
    programs.recording.batch.write(backend, scaledRows(own(values), after.scale, before));
  }

  /** Encodes; keeps what a selection over all ranks keeps. */
  async #encode({ input, programs, rows }: Taking): Promise<void> {
    const { backend, options: { loss: { selection, k } } } = this.#parts;
    const { world, replica, latents, latentCount } = this.#grid;
    const { phases: { sparse, dense, continuesDensely }, recording: { parts: { sizes } } } =
      programs;
    backend.submit(programs.encode);
    if (!programs.sums || !sparse) return;
    const { rowOffsets, indices, values } = sparse.codes;
    await changeTensors(
      backend,
      [rowOffsets, indices, values],
      async (offsets, indices, values) => {
        const codes = {
          rowOffsets: offsets as Uint32Array,
          indices: indices as Uint32Array,
          values: values as Float32Array | Float64Array,
        };
        if (selection === "topk") return await keepTopk(replica, codes, k);
        const count = k * input.rows;
        const place = { firstRow: rows.from, firstLatent: latents.from, latentCount };
        await keepBatchTopk(world, codes, { count, ...place });
      },
    );
    if (continuesDensely) await this.#spread(sparse.codes, dense.activations(), sizes.N);
    backend.submit(programs.sums);
  }

  /** Writes codes as dense activations. */
  async #spread(
    codes: { readonly rowOffsets: Tensor; readonly indices: Tensor; readonly values: Tensor },
    activations: Tensor,
    N: number,
  ): Promise<void> {
    const { backend } = this.#parts;
    const [offsets, indices, values] = await Promise.all(
      [codes.rowOffsets, codes.indices, codes.values].map((tensor) => backend.read(tensor)),
    );
    const rows = offsets.length - 1;
    const spread = new (values.constructor as typeof Float64Array)(rows * N);
    for (let b = 0; b < rows; b++) {
      for (let e = offsets[b]; e < offsets[b + 1]; e++) spread[b * N + indices[e]] = values[e];
    }
    backend.write(activations, spread);
  }

  /** Gathers sparsity and L0 of each prefix from all ranks. */
  async #exchangeSums({ input, programs, rows }: Taking): Promise<void> {
    const { backend } = this.#parts;
    const { tensors } = programs.recording;
    const P = input.bounds.length;
    const B = rows.to - rows.from;
    const [sparsity, l0] = await Promise.all(
      [tensors.ownSparsity, tensors.ownL0].map((tensor) => backend.read(tensor)),
    );
    const own = new Float64Array(2 * P);
    for (let j = 0; j < P; j++) {
      own[j] = sparsity[j] * B;
      // A count, so that L0 is rounded once, as on one machine: λ depends on how it compares with the target.
      own[P + j] = Math.round(l0[j] * B);
    }
    const gathered = await this.#grid.world.allGather(own);
    const means = new Float64Array(2 * P);
    gathered.forEach((value, n) => means[n % means.length] += value);
    for (let n = 0; n < means.length; n++) means[n] /= input.rows;
    backend.write(tensors.sparsity, means.subarray(0, P));
    backend.write(tensors.l0, means.subarray(P));
  }

  async #scan(
    { recording: { tensors: { message } } }: RankPrograms,
    scan: "exclusiveScan" | "reverseExclusiveScan",
  ): Promise<void> {
    const { replica } = this.#grid;
    if (replica.size === 1) return;
    await changeTensors(this.#parts.backend, [message], (values) => replica[scan](values));
  }

  /** Adds the gradients of all replicas, and what the history of latents needs. */
  async #addReplicas({ norm, recording: { parts } }: RankPrograms): Promise<void> {
    const { peers } = this.#grid;
    if (!norm) return;
    const { backend, tensors: { gradients } } = this.#parts;
    const { counts, squares } = parts.tensors;
    const { encoder, encoderBias, decoder } = gradients;
    for (const tensor of [encoder, encoderBias, decoder, counts, squares]) {
      await changeTensors(backend, [tensor], (values) => peers.allReduce(values));
    }
    backend.submit(norm);
  }

  /** Adds ∂c, the squared norm of the gradients and the squared errors of all ranks. */
  async #exchangeTotals({ share, prefixes, input, programs }: Taking, ending: EndingPrograms) {
    const { backend, tensors: { gradients: { decoderBias }, norm } } = this.#parts;
    const { world, peers } = this.#grid;
    const [gradient, ownNorm, errors] = await Promise.all(
      [decoderBias, norm, ending.tensors.squaredErrors].map((tensor) => backend.read(tensor)),
    );
    const d = gradient.length;
    const totals = new Float64Array(d + 1 + input.bounds.length);
    totals.set(gradient);
    // All replicas have the same gradients by now.
    if (peers.rank === 0) totals[d] = ownNorm[0] ** 2;
    for (let j = 0; j < prefixes.count; j++) totals[d + 1 + prefixes.first + j] = share * errors[j];
    await world.allReduce(totals);
    const bias = totals.subarray(0, d);
    const square = bias.reduce((sum, value) => sum + value * value, totals[d]);
    backend.write(decoderBias, bias);
    backend.write(norm, [Math.sqrt(square)]);
    backend.write(programs.recording.tensors.squaredErrors, totals.subarray(d + 1));
  }
}
