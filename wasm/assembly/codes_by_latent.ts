// latentOffsets_i … latentOffsets_{i+1} − 1: the rows (ascending) and values of latent i
//
// Layout: codes by row go in, codes by latent come out; `next` [N] says where each latent's next entry goes.
// Work: three phases: threads take ranges of latents and count; one item sums the counts; threads take ranges of latents and copy.
// Within a row the latents ascend, so a thread finds its range by bisection and visits only its own entries.

/** Returns the first entry of from … to − 1 whose latent is not below `latent`, or `to`. */
function lowerBound(indices: usize, from: usize, to: usize, latent: usize): usize {
  while (from < to) {
    const middle = (from + to) >> 1;
    if (<usize>load<u32>(indices + 4 * middle) < latent) from = middle + 1;
    else to = middle;
  }
  return from;
}

export function codesByLatentCount(
  from: usize, to: usize, scratch: usize, rowOffsets: usize, indices: usize, next: usize, B: usize, K: usize,
): void {
  memory.fill(next + 4 * from, 0, 4 * (to - from));
  for (let b: usize = 0; b < B; b++) {
    const last = min(<usize>load<u32>(rowOffsets + 4 * b, 4), K);
    for (let e = lowerBound(indices, min(<usize>load<u32>(rowOffsets + 4 * b), K), last, from); e < last; e++) {
      const i = <usize>load<u32>(indices + 4 * e);
      if (i >= to) break;
      store<u32>(next + 4 * i, load<u32>(next + 4 * i) + 1);
    }
  }
}

/** Turns the counts into offsets; one item. */
export function codesByLatentOffsets(from: usize, to: usize, scratch: usize, latentOffsets: usize, next: usize, N: usize): void {
  let sum: u32 = 0;
  for (let i: usize = 0; i < N; i++) {
    const count = load<u32>(next + 4 * i);
    store<u32>(latentOffsets + 4 * i, sum);
    store<u32>(next + 4 * i, sum);
    sum += count;
  }
  store<u32>(latentOffsets + 4 * N, sum);
}

export function codesByLatentCopy(
  from: usize, to: usize, scratch: usize, rowOffsets: usize, indices: usize, values: usize, next: usize,
  latentRows: usize, latentValues: usize, B: usize, K: usize,
): void {
  for (let b: usize = 0; b < B; b++) {
    const last = min(<usize>load<u32>(rowOffsets + 4 * b, 4), K);
    for (let e = lowerBound(indices, min(<usize>load<u32>(rowOffsets + 4 * b), K), last, from); e < last; e++) {
      const i = <usize>load<u32>(indices + 4 * e);
      if (i >= to) break;
      const place = load<u32>(next + 4 * i);
      store<u32>(next + 4 * i, place + 1);
      store<u32>(latentRows + 4 * place, b);
      store<f32>(latentValues + 4 * place, load<f32>(values + 4 * e));
    }
  }
}
