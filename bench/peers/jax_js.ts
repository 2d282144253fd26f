/** Runs jax-js on its WebAssembly device: one `jit` over loss, gradients, clipping and Adam. */

import type { Job, Peer, Running } from "../harness/peer.ts";
import { encode, type Jax, Layout, NAMES, numbers, type Parameters } from "./jax_js_loss.ts";
import { sumOfSquares, type Value } from "./jax_js_loss.ts";

type State = { parameters: Parameters; first: Parameters; second: Parameters };

const VERSION = "0.1.25"; // the library does not report it

/** Starts it in the form that its users would write, with one array per parameter. */
export function start(threads: number): Promise<Peer> {
  return startWith(threads, false);
}

/** Starts it with an array per block of latents, padded to whole tiles: its fastest form. */
export function startPadded(threads: number): Promise<Peer> {
  return startWith(threads, true);
}

/** Its worker pool takes its size from `navigator.hardwareConcurrency` when it is imported. */
async function startWith(threads: number, padded: boolean): Promise<Peer> {
  Object.defineProperty(navigator, "hardwareConcurrency", { value: threads });
  const jax = await import("@jax-js/jax");
  await jax.init("wasm");
  jax.defaultDevice("wasm");
  return {
    description: `jax-js ${VERSION} ${jax.defaultDevice()}, relaxed SIMD, ` +
      `${threads} worker${threads > 1 ? "s" : ""}${padded ? ", padded blocks" : ""}`,
    prepare(job, parameters, batch) {
      const layout = new Layout(jax, job, padded);
      const p = layout.cut(parameters), x = layout.array(batch, job.B, job.d);
      if (job.task === "encode") return encoding(jax, p, x);
      if (job.task === "forward") return forward(jax, layout, p, x);
      return step(jax, job, layout, p, x);
    },
  };
}

function encoding(jax: Jax, { E: [E], b: [b] }: Parameters, x: Value): Running {
  const run = jax.jit((x: Value, E: Value, b: Value) => encode(jax, x, E, b));
  let result: Value | undefined;
  const again = async () => {
    result?.dispose();
    result = await jax.blockUntilReady(run(x.ref, E.ref, b.ref));
  };
  return {
    first: again,
    outcome: async () => ({ activations: await numbers(result!.ref) }),
    again,
  };
}

function forward(jax: Jax, layout: Layout, p: Parameters, x: Value): Running {
  const run = jax.jit((p: Parameters, x: Value) => layout.loss(p, x));
  let result: Value | undefined;
  const again = async () => {
    result?.dispose();
    result = await jax.blockUntilReady(run(jax.tree.ref(p), x.ref));
  };
  return {
    first: again,
    outcome: async () => ({ loss: (await numbers(result!.ref))[0] }),
    again,
  };
}

function step(jax: Jax, job: Job, layout: Layout, initial: Parameters, x: Value): Running {
  const { numpy: np } = jax;
  const { beta1, beta2, adamEpsilon, clipNorm, learningRate } = job.constants;
  const valueAndGrad = jax.valueAndGrad((p: Parameters, x: Value) => layout.loss(p, x));
  /** `controls` is [learning rate, 1 − β₁^t, 1 − β₂^t]. */
  const run = jax.jit(({ parameters, first, second }: State, x: Value, controls: Value) => {
    const [loss, gradients] = valueAndGrad(jax.tree.ref(parameters), x);
    const squares = NAMES.flatMap((name) => gradients[name].map((g) => sumOfSquares(jax, g.ref)));
    const norm = np.sqrt(squares.reduce((sum, square) => sum.add(square)));
    const clip = np.minimum(np.array(clipNorm).div(norm.ref.add(1e-6)), 1);
    const [rate, correction1, correction2] = np.split(controls, 3);
    const next: State = {
      parameters: { E: [], b: [], D: [], c: [] },
      first: { E: [], b: [], D: [], c: [] },
      second: { E: [], b: [], D: [], c: [] },
    };
    for (const name of NAMES) {
      for (const [k, gradient] of gradients[name].entries()) {
        const g = gradient.mul(clip.ref);
        const m = first[name][k].mul(beta1).add(g.ref.mul(1 - beta1));
        const v = second[name][k].mul(beta2).add(np.square(g).mul(1 - beta2));
        const root = np.sqrt(v.ref.div(correction2.ref)).add(adamEpsilon);
        const change = m.ref.div(correction1.ref).div(root).mul(rate.ref);
        next.parameters[name].push(parameters[name][k].sub(change));
        next.first[name].push(m);
        next.second[name].push(v);
      }
    }
    for (const used of [clip, rate, correction1, correction2]) used.dispose();
    return { ...next, loss, norm };
  });
  const zeros = () => jax.tree.map((a: Value) => np.zerosLike(a), jax.tree.ref(initial));
  let state: State = { parameters: initial, first: zeros(), second: zeros() };
  let loss: Value | undefined, norm: Value | undefined;
  let t = 0;
  const take = async (rate: number) => {
    t++;
    const controls = np.array([rate, 1 - beta1 ** t, 1 - beta2 ** t]);
    loss?.dispose();
    norm?.dispose();
    ({ loss, norm, ...state } = await jax.blockUntilReady(run(state, x.ref, controls)));
  };
  return {
    first: () => take(learningRate),
    async outcome() {
      const factor = Math.max(1, ((await numbers(norm!.ref))[0] + 1e-6) / clipNorm);
      return {
        loss: (await numbers(loss!.ref))[0],
        updated: await layout.join(jax.tree.ref(state.parameters)),
        gradients: await layout.join(jax.tree.ref(state.first), factor / (1 - beta1)),
      };
    },
    again: () => take(0),
  };
}
