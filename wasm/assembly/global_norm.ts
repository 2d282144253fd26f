// norm = √(Σ g²) over the four gradients
//
// Layout: each gradient is flat and cut into chunks of CHUNK elements; `partials` holds a float64 for each chunk, one gradient after
// another. Within a chunk sixteen float32 lanes take 256 elements at a time and are then added in float64.
// Work: threads take ranges of chunks; then one item adds the partial sums in order.
import { madd } from "./simd";

// 64 KB: large enough to hide a chunk's overhead, small enough to divide a decoder among threads.
const CHUNK: usize = 16384;

/** Returns the number of elements per partial sum. */
export function globalNormChunk(): usize {
  return CHUNK;
}

/** Stores partials[chunk] = Σ g² for the chunks of one gradient. */
export function globalNormPartials(
  from: usize, to: usize, scratch: usize, partials: usize, gradient: usize, count: usize,
): void {
  for (let chunk = from; chunk < to; chunk++) {
    const first = chunk * CHUNK;
    store<f64>(partials + 8 * chunk, squares(gradient + 4 * first, min(CHUNK, count - first)));
  }
}

function squares(g: usize, count: usize): f64 {
  let sum: f64 = 0;
  const end = g + 4 * count;
  if (ASC_FEATURE_SIMD) {
    let low = f64x2.splat(0), high = f64x2.splat(0);
    while (g + 64 <= end) {
      const stop = min(end, g + 1024);
      let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
      for (; g + 64 <= stop; g += 64) {
        const a = v128.load(g), b = v128.load(g, 16), c = v128.load(g, 32), d = v128.load(g, 48);
        s0 = madd(a, a, s0), s1 = madd(b, b, s1), s2 = madd(c, c, s2), s3 = madd(d, d, s3);
      }
      const s = f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3));
      low = f64x2.add(low, f64x2.promote_low_f32x4(s));
      high = f64x2.add(high, f64x2.promote_low_f32x4(v128.shuffle<f32>(s, s, 2, 3, 0, 1)));
    }
    low = f64x2.add(low, high);
    sum = f64x2.extract_lane(low, 0) + f64x2.extract_lane(low, 1);
  }
  for (; g < end; g += 4) {
    const value = <f64>load<f32>(g);
    sum += value * value;
  }
  return sum;
}

/** Stores norm = √(Σ partials); one item. */
export function globalNormTotal(from: usize, to: usize, scratch: usize, norm: usize, partials: usize, count: usize): void {
  let sum: f64 = 0;
  for (let n: usize = 0; n < count; n++) sum += load<f64>(partials + 8 * n);
  store<f32>(norm, <f32>Math.sqrt(sum));
}
