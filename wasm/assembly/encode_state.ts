// What a thread needs to encode parts of the latents.
//
// Layout: the state lies at the start of the thread's scratch, and its arrays behind it.
// Work: one state for each thread.
import { CANDIDATES_BYTES, Candidates, LIMITS_BYTES } from "./candidates";
import { Stored } from "./codes";
import { MR, NR, packA, packB, packedBytes } from "./panels";
import { DEPTH_BLOCK, ROW_BLOCK } from "./product";
import { Screen, SCREEN_BYTES, screenBytes } from "./screen";
import { Block, BLOCK_BYTES } from "./screen_block";
import { CHUNK } from "./selection";
import { expandRow, storedRowBytes } from "./stored";
import { computeTiles, EDGE_BYTES, TILE_BLOCK_BYTES, TileBlock } from "./tiles";

@unmanaged
export class Encoder {
  input: usize;
  /** E, in the type `stored`. */
  encoder: usize;
  stored: i32;
  /** The scale of each latent, for int8. */
  scale: usize;
  bias: usize;
  threshold: usize;
  rows: usize;
  d: usize;
  /** K, k for top-k or k·B for batch top-k. */
  kept: usize;
  tiles: TileBlock;
  candidates: Candidates;
  screen: Screen;
  /** The block that is encoded. */
  block: Block;
  /** Four equal thresholds. */
  limits: usize;
  /** A chunk's thresholds, for jumprelu. */
  chunkLimits: usize;
  /** Four bytes for each row. */
  totals: usize;
  /** ROW_BLOCK rows of a chunk's pre-activations. */
  pre: usize;
  packedInput: usize;
  packedEncoder: usize;
  /** A chunk of E in float32, unless that is how it is stored. */
  expanded: usize;
  /** Whether the rows have been packed, whether the chunk has, and which of its latents are expanded. */
  hasInput: bool;
  hasChunk: bool;
  expandedLow: u64;
  expandedHigh: u64;
}

const ENCODER_BYTES: usize = 128;
const HEAD_BYTES: usize = ENCODER_BYTES + TILE_BLOCK_BYTES + CANDIDATES_BYTES + SCREEN_BYTES + BLOCK_BYTES;

/** Returns the bytes of scratch (16-byte aligned) that `encodeActive` needs; W is 0 where nothing is screened. */
export function encodeActiveScratchBytes(B: usize, d: usize, W: usize, stored: i32): usize {
  return (HEAD_BYTES + LIMITS_BYTES + EDGE_BYTES + ROW_BLOCK * CHUNK * 4 + CHUNK * 4 + (B * 4 + 63 & ~63) +
    (ASC_FEATURE_SIMD ? packedBytes(B, MR, d) + packedBytes(CHUNK, NR, d) : 0) +
    (stored == Stored.f32 ? 0 : CHUNK * d * 4 + 63 & ~63) + screenBytes(B, W) + 63) & ~63;
}

/** Divides scratch; counterpart of `encodeActiveScratchBytes`. Returns the state; `screenRoom` is what remains. */
export function encoderIn(scratch: usize, rows: usize, d: usize, stored: i32): Encoder {
  const encoder = changetype<Encoder>(scratch);
  encoder.rows = rows, encoder.d = d, encoder.stored = stored;
  encoder.tiles = changetype<TileBlock>(scratch + ENCODER_BYTES);
  encoder.candidates = changetype<Candidates>(scratch + ENCODER_BYTES + TILE_BLOCK_BYTES);
  encoder.screen = changetype<Screen>(scratch + ENCODER_BYTES + TILE_BLOCK_BYTES + CANDIDATES_BYTES);
  encoder.block = changetype<Block>(scratch + ENCODER_BYTES + TILE_BLOCK_BYTES + CANDIDATES_BYTES + SCREEN_BYTES);
  encoder.limits = scratch + HEAD_BYTES;
  encoder.tiles.edge = encoder.limits + LIMITS_BYTES;
  encoder.chunkLimits = encoder.tiles.edge + EDGE_BYTES;
  encoder.pre = encoder.chunkLimits + CHUNK * 4;
  encoder.totals = encoder.pre + ROW_BLOCK * CHUNK * 4;
  encoder.packedInput = encoder.totals + (rows * 4 + 63 & ~63);
  encoder.packedEncoder = encoder.packedInput + (ASC_FEATURE_SIMD ? packedBytes(rows, MR, d) : 0);
  encoder.expanded = encoder.packedEncoder + (ASC_FEATURE_SIMD ? packedBytes(CHUNK, NR, d) : 0);
  return encoder;
}

/** Returns the scratch behind the arrays of the state. */
export function screenRoom(state: Encoder): usize {
  return state.expanded + (state.stored == Stored.f32 ? 0 : CHUNK * state.d * 4 + 63 & ~63);
}

/** Turns to the chunk of `columns` latents from n0 on. `threshold` is 0 where θ_i = 0. */
export function enterChunk(state: Encoder, n0: usize, columns: usize, threshold: usize): void {
  state.hasChunk = false;
  state.expandedLow = state.expandedHigh = 0;
  const block = state.block;
  block.n0 = n0, block.columns = columns, block.threshold = threshold;
  block.bias = state.bias + 4 * n0;
  block.weights = state.stored == Stored.f32 ? state.encoder + 4 * n0 * state.d : state.expanded;
}

/** Turns to the rows of the block from m0 on. */
export function enterRows(state: Encoder, m0: usize): void {
  state.block.m0 = m0;
  state.block.rows = min(ROW_BLOCK, state.rows - m0);
}

/** Expands latent n of the chunk, unless that has been done. */
export function expandLatent(state: Encoder, n0: usize, n: usize): void {
  if (state.stored == Stored.f32) return;
  const bit = <u64>1 << (n & 63);
  if ((n < 64 ? state.expandedLow : state.expandedHigh) & bit) return;
  if (n < 64) state.expandedLow |= bit;
  else state.expandedHigh |= bit;
  const d = state.d, i = n0 + n;
  const scale: f32 = state.stored == Stored.int8 ? load<f32>(state.scale + 4 * i) : 1;
  expandRow(state.expanded + 4 * n * d, state.encoder + i * storedRowBytes(d, state.stored), d, state.stored, scale);
}

/** Computes the pre-activations of the block. */
export function computePre(state: Encoder): void {
  const d = state.d, pre = state.pre, at = state.block, bias = at.bias;
  prepareChunk(state);
  if (ASC_FEATURE_SIMD) {
    const block = state.tiles;
    block.c = pre, block.cRow = CHUNK, block.startColumn = 4, block.floor = -Infinity;
    for (let k0: usize = 0; k0 < d; k0 += DEPTH_BLOCK) {
      const kCount = min(DEPTH_BLOCK, d - k0);
      block.packedA = state.packedInput + packedBytes(state.rows, MR, k0) + packedBytes(at.m0, MR, kCount);
      block.packedB = state.packedEncoder + packedBytes(at.columns, NR, k0);
      block.start = k0 ? pre : bias, block.startRow = k0 ? CHUNK : 0;
      computeTiles(block, at.rows, at.columns, kCount);
    }
  } else {
    for (let m: usize = 0; m < at.rows; m++) {
      for (let n: usize = 0; n < at.columns; n++) {
        const row = state.input + 4 * (at.m0 + m) * d, column = at.weights + 4 * n * d;
        let sum = load<f32>(bias + 4 * n);
        for (let k: usize = 0; k < 4 * d; k += 4) sum += load<f32>(row + k) * load<f32>(column + k);
        store<f32>(pre + 4 * (m * CHUNK + n), sum);
      }
    }
  }
}

/** Expands and packs what the chunk's product needs, at its first block. */
function prepareChunk(state: Encoder): void {
  if (state.hasChunk) return;
  state.hasChunk = true;
  const block = state.block;
  for (let n: usize = 0; n < block.columns; n++) expandLatent(state, block.n0, n);
  if (!ASC_FEATURE_SIMD) return;
  packDepths(state.packedEncoder, block.weights, state.d, block.columns, NR);
  if (state.hasInput) return;
  state.hasInput = true;
  packDepths(state.packedInput, state.input, state.d, state.rows, MR);
}

/** Packs [rows, d] one block of depth after the other. */
function packDepths(to: usize, from: usize, d: usize, rows: usize, width: usize): void {
  for (let k0: usize = 0; k0 < d; k0 += DEPTH_BLOCK) {
    const kCount = min(DEPTH_BLOCK, d - k0);
    if (width == NR) packB(to, from + 4 * k0, d, 1, rows, kCount);
    else packA(to, from + 4 * k0, d, 1, rows, kCount);
    to += packedBytes(rows, width, kCount);
  }
}
