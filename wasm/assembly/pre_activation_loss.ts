// L_pre = (μ/B) Σ_b Σ_{dead i} relu(θ_i − pre_bi) n_i        pre_bi = ⟨x_b, E_i⟩ + b_i        a_bi = (μ/B) n_i 1[pre_bi < θ_i]
// ∂E_i −= Σ_b a_bi x_b        ∂b_i −= Σ_b a_bi        ∂θ_i += Σ_b a_bi, times θ_i for log θ_i
// ∂D_i += (μ/B)(Σ_b relu(θ_i − pre_bi)) D_i / n_i        terms_2 = L_pre
//
// Layout: x [B, d]; E, D and their gradients [N, d]; b, n, θ and their gradients [N]; dead [N], of which deadCount are listed; `losses`
// holds a float64 for each part.
// Work: items are PARTS parts. A part takes every PARTS-th group of dead latents, so that few dead latents are shared evenly, too. A group
// is encoded by one product, and its ∂E is another. Then one item adds the losses in order.
import { productIn, productScratchBytes } from "./product";
import { add, addScaled } from "./rows";

/** Latents of a group: each product packs all of x, which takes a quarter of the time of 64 latents. */
const GROUP: usize = 64;
const PARTS: usize = 32;

/** Returns the number of parts. */
export function preActivationLossParts(): usize {
  return PARTS;
}

export function preActivationLossScratchBytes(B: usize, d: usize): usize {
  return productScratchBytes() + 4 * GROUP * (B + d);
}

export function preActivationLoss(
  from: usize, to: usize, scratch: usize,
  input: usize, encoder: usize, encoderBias: usize, decoder: usize, norms: usize, threshold: usize, dead: usize, deadCount: usize,
  encoderGradient: usize, encoderBiasGradient: usize, decoderGradient: usize, thresholdGradient: usize, losses: usize,
  B: usize, d: usize, share: f64, logarithm: i32,
): void {
  const pre = scratch + productScratchBytes(), rows = pre + 4 * GROUP * B, bytes: usize = 4 * d;
  const count = <usize>load<u32>(deadCount);
  for (let p = from; p < to; p++) {
    let loss: f64 = 0;
    for (let first = GROUP * p; first < count; first += GROUP * PARTS) {
      const latents = dead + 4 * first, size = min(GROUP, count - first);
      for (let n: usize = 0; n < size; n++) memory.copy(rows + n * bytes, encoder + <usize>load<u32>(latents + 4 * n) * bytes, bytes);
      multiply(scratch, pre, rows, d, 1, input, d, 1, size, B, d);
      for (let n: usize = 0; n < size; n++) {
        const i = <usize>load<u32>(latents + 4 * n), at: usize = 4 * i;
        const norm = load<f32>(norms + at), theta = load<f32>(threshold + at);
        const a = share * <f64>norm, bias = load<f32>(encoderBias + at);
        const missing = sumMissing(pre + 4 * n * B, B, bias, theta);
        const all = a * <f64>markBelow(pre + 4 * n * B, B, bias, theta, <f32>-a);
        if (norm == 0) continue;
        loss += a * missing;
        store<f32>(encoderBiasGradient + at, <f32>(<f64>load<f32>(encoderBiasGradient + at) - all));
        store<f32>(thresholdGradient + at, <f32>(<f64>load<f32>(thresholdGradient + at) + (logarithm ? <f64>theta * all : all)));
        addScaled(decoderGradient + i * bytes, decoder + i * bytes, <f32>(share * missing / <f64>norm), d);
      }
      multiply(scratch, rows, pre, B, 1, input, 1, d, size, d, B);
      for (let n: usize = 0; n < size; n++) add(encoderGradient + <usize>load<u32>(latents + 4 * n) * bytes, rows + n * bytes, d);
    }
    store<f64>(losses + 8 * p, loss);
  }
}

/** C[m,n] = Σ_k A[m,k]·B[n,k], with the strides of `Product`; C has no gaps. */
function multiply(
  scratch: usize, c: usize, a: usize, aRow: usize, aStep: usize, b: usize, bRow: usize, bStep: usize,
  rows: usize, columns: usize, depth: usize,
): void {
  const product = productIn(scratch);
  product.setA(a, aRow, aStep);
  product.setB(b, bRow, bStep);
  product.setC(c, columns);
  product.run(rows, columns, depth);
}

/** Returns Σ_b relu(θ − pre_b), where the bias is not in pre yet. */
function sumMissing(pre: usize, B: usize, bias: f32, theta: f32): f64 {
  let sum: f64 = 0;
  for (const end = pre + 4 * B; pre < end; pre += 4) {
    const missing = theta - (load<f32>(pre) + bias);
    sum += missing > 0 ? missing : 0;
  }
  return sum;
}

/** Replaces each pre-activation below θ by `mark` and the others by 0, and returns how many are below. */
function markBelow(pre: usize, B: usize, bias: f32, theta: f32, mark: f32): usize {
  let count: usize = 0;
  for (const end = pre + 4 * B; pre < end; pre += 4) {
    const below = load<f32>(pre) + bias < theta;
    store<f32>(pre, below ? mark : 0);
    count += usize(below);
  }
  return count;
}

/** Stores the sum of the parts' losses as a term of the loss; one item. */
export function preActivationLossTerm(from: usize, to: usize, scratch: usize, losses: usize, terms: usize): void {
  let sum: f64 = 0;
  for (let p: usize = 0; p < PARTS; p++) sum += load<f64>(losses + 8 * p);
  store<f32>(terms, <f32>sum, 8);
}
