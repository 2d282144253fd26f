/**
 * Runs TensorFlow.js on its WASM backend (XNNPACK): eager gradients, clipping and Adam.
 *
 * Its products call XNNPACK only if neither operand is transposed. The gradients of a product
 * transpose one, so they run in plain loops. There are two forms: one that users would write, and one
 * whose gradients transpose explicitly first, which is its fastest. About three quarters of the
 * fastest form's time are its five products, so encoding block by block would gain little.
 */
// The whole package: no smaller one registers the gradients.
import * as tf from "@tensorflow/tfjs";
import { getThreadsCount, setThreadsCount, version_wasm } from "@tensorflow/tfjs-backend-wasm";
import type { SaeParameters } from "../../src/model/parameters.ts";
import type { Job, Outcome, Peer, Running } from "../harness/peer.ts";

/** The encoder is stored as [d, N], like dense layers of TensorFlow. */
type Parameters = { E: tf.Tensor2D; b: tf.Tensor1D; D: tf.Tensor2D; c: tf.Tensor1D };
type Product = (a: tf.Tensor2D, b: tf.Tensor2D, aIsConstant: boolean) => tf.Tensor2D;

const NAMES = ["E", "b", "D", "c"] as const;

/** Starts it in the form that its users would write. */
export function start(threads: number): Promise<Peer> {
  return startWith(threads, "", (a, b) => tf.matMul(a, b));
}

/** Starts it with products whose gradients transpose explicitly: its fastest form. */
export function startTransposing(threads: number): Promise<Peer> {
  return startWith(threads, ", gradients with explicit transposes", (a, b, aIsConstant) => {
    // Tensors that are not saved here are disposed of after the forward pass.
    const withGradient = tf.customGrad((...given) => {
      (given.at(-1) as (tensors: tf.Tensor[]) => void)([a, b]);
      const gradFunc = (dy: tf.Tensor, [a, b]: tf.Tensor[]) => {
        const ofB = tf.matMul(tf.transpose(a), dy);
        return aIsConstant ? [ofB] : [tf.matMul(dy, tf.transpose(b)), ofB];
      };
      return { value: tf.matMul(a, b) as tf.Tensor2D, gradFunc };
    });
    return aIsConstant ? withGradient(b) : withGradient(a, b);
  });
}

async function startWith(threads: number, remark: string, product: Product): Promise<Peer> {
  if (threads > 1) {
    throw new Error(
      `Cannot start TensorFlow.js on ${threads} threads: they need classic workers, which Deno lacks`,
    );
  }
  setThreadsCount(threads);
  await tf.setBackend("wasm");
  await tf.ready();
  const simd = await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT");
  return {
    description: `TensorFlow.js ${version_wasm} ${tf.getBackend()}, ${simd ? "SIMD" : "scalar"}, ` +
      `${getThreadsCount()} thread${remark}`,
    prepare(job, parameters, batch) {
      const { B, d, N } = job;
      const x = tf.tensor2d(batch, [B, d]);
      const p = {
        E: tf.tidy(() => tf.transpose(tf.tensor2d(parameters.encoder, [N, d]))),
        b: tf.tensor1d(parameters.encoderBias),
        D: tf.tensor2d(parameters.decoder, [N, d]),
        c: tf.tensor1d(parameters.decoderBias),
      };
      if (job.task === "encode") return encoding(p, x);
      const loss = lossOf(job, x, product);
      return job.task === "forward" ? forward(p, loss) : step(job, p, loss);
    },
  };
}

/**
 * Returns Σ v², summed by rows first: the library sums in plain loops, which lose three digits over
 * millions of values.
 */
function sumOfSquares(value: tf.Tensor): tf.Tensor {
  const squares = tf.square(value);
  return tf.sum(squares.rank > 1 ? tf.sum(squares, 1) : squares);
}

/** Returns the loss: mean over prefixes, squared error summed over features, log penalty. */
function lossOf({ prefixes, B, N, constants }: Job, x: tf.Tensor2D, product: Product) {
  const P = prefixes.length;
  const sizes = prefixes.map((p, j) => p - (j > 0 ? prefixes[j - 1] : 0));
  // A latent's penalty counts once for each prefix that contains it.
  const shares = tf.tensor1d(
    Float32Array.from({ length: N }, (_, i) => prefixes.filter((p) => i < p).length / P),
  );
  return ({ E, b, D, c }: Parameters): tf.Scalar => {
    const f = tf.relu(tf.add(product(x, E, true), b)) as tf.Tensor2D;
    const norms = tf.sqrt(tf.sum(tf.square(D), 1));
    const penalties = tf.log1p(tf.mul(tf.mul(f, norms), 1 / constants.logEpsilon));
    const sparsity = tf.sum(tf.mul(tf.sum(penalties, 0), shares));
    let loss = tf.mul(sparsity, constants.sparsityScale / B);
    let residual: tf.Tensor = tf.sub(c, x);
    const codes = tf.split(f, sizes, 1), rows = tf.split(D, sizes, 0);
    for (let j = 0; j < P; j++) {
      residual = tf.add(residual, product(codes[j] as tf.Tensor2D, rows[j] as tf.Tensor2D, false));
      loss = tf.add(loss, tf.mul(sumOfSquares(residual), 1 / (B * P)));
    }
    return loss as tf.Scalar;
  };
}

const numbers = (tensor: tf.Tensor) => tensor.dataSync() as Float32Array;

function parametersFrom({ E, b, D, c }: Parameters, scale = 1): SaeParameters {
  const [latentCount, inputSize] = D.shape;
  const encoder = tf.tidy(() => numbers(tf.transpose(E)));
  const [encoderBias, decoder, decoderBias] = [b, D, c].map(numbers);
  const scaled = (values: Float32Array) => values.map((value) => value * scale);
  return {
    inputSize,
    latentCount,
    encoder: scaled(encoder),
    encoderBias: scaled(encoderBias),
    decoder: scaled(decoder),
    decoderBias: scaled(decoderBias),
  };
}

// deno-lint-ignore require-await -- errors must reject, not throw
async function resolved(outcome: Outcome): Promise<Outcome> {
  return outcome;
}

function running(run: () => void, outcome: () => Outcome): Running {
  return { first: () => Promise.resolve(run()), outcome: () => resolved(outcome()), again: run };
}

function encoding({ E, b }: Parameters, x: tf.Tensor2D): Running {
  let result: tf.Tensor | undefined;
  return running(() => {
    result?.dispose();
    result = tf.fused.matMul({ a: x, b: E, bias: b, activation: "relu" });
  }, () => ({ activations: numbers(result!) }));
}

function forward(p: Parameters, loss: (p: Parameters) => tf.Scalar): Running {
  let result: tf.Tensor | undefined;
  return running(() => {
    result?.dispose();
    result = tf.tidy(() => loss(p));
  }, () => ({ loss: numbers(result!)[0] }));
}

function step(job: Job, initial: Parameters, loss: (p: Parameters) => tf.Scalar): Running {
  const { beta1, beta2, adamEpsilon, clipNorm, learningRate } = job.constants;
  const valueAndGrads = tf.valueAndGrads((E: tf.Tensor, b: tf.Tensor, D: tf.Tensor, c: tf.Tensor) =>
    loss({ E, b, D, c } as Parameters)
  );
  const mapped = (make: (name: typeof NAMES[number]) => tf.Tensor) =>
    Object.fromEntries(NAMES.map((name) => [name, make(name)])) as unknown as Parameters;
  let state = {
    parameters: initial,
    first: mapped((name) => tf.zerosLike(initial[name])),
    second: mapped((name) => tf.zerosLike(initial[name])),
  };
  let metrics: { value?: tf.Tensor; norm?: tf.Tensor } = {};
  let t = 0;
  const take = (rate: number) => {
    t++;
    const correction1 = 1 - beta1 ** t, correction2 = 1 - beta2 ** t;
    const [next, nextMetrics] = tf.tidy(() => {
      const { value, grads } = valueAndGrads(NAMES.map((name) => state.parameters[name]));
      const norm = tf.sqrt(tf.addN(grads.map(sumOfSquares)));
      const clip = tf.minimum(tf.div(clipNorm, tf.add(norm, 1e-6)), 1);
      const clipped = mapped((name) => tf.mul(grads[NAMES.indexOf(name)], clip));
      const first = mapped((name) =>
        tf.add(tf.mul(state.first[name], beta1), tf.mul(clipped[name], 1 - beta1))
      );
      const second = mapped((name) =>
        tf.add(tf.mul(state.second[name], beta2), tf.mul(tf.square(clipped[name]), 1 - beta2))
      );
      const parameters = mapped((name) => {
        const root = tf.add(tf.sqrt(tf.div(second[name], correction2)), adamEpsilon);
        const change = tf.div(tf.div(first[name], correction1), root);
        return tf.sub(state.parameters[name], tf.mul(change, rate));
      });
      return [{ parameters, first, second }, { value: value as tf.Tensor, norm }];
    }) as unknown as [typeof state, typeof metrics];
    tf.dispose([state, metrics] as unknown as tf.TensorContainer);
    [state, metrics] = [next, nextMetrics];
  };
  const outcome = () => ({
    loss: numbers(metrics.value!)[0],
    updated: parametersFrom(state.parameters),
    gradients: parametersFrom(
      state.first,
      Math.max(1, (numbers(metrics.norm!)[0] + 1e-6) / clipNorm) / (1 - beta1),
    ),
  });
  return { ...running(() => take(0), outcome), first: () => Promise.resolve(take(learningRate)) };
}
