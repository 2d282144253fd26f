/**
 * Finds out whether an adapter screens, and whether that is faster: WGSL does not tell whether a device has an instruction
 * for products of bytes, or emulates it at a fraction of the speed of float32.
 *
 * @module
 */
import { encodeScreened, type SelectionConstants } from "../encode_screened.ts";
import { encodeSparse, type SparseSelection } from "../encode_sparse.ts";
import type { Backend, DType, Tensor } from "../kernel.ts";
import { quantizeLatents } from "../quantize_latents.ts";
import { quantizedWords, quantizeRows } from "../quantize_rows.ts";
import { Choices, timeInTurns } from "./probes.ts";

/** How an adapter screens. */
export interface Screening extends Pick<Backend, "screening"> {
  /** The selections that are screened by default if screening is faster. */
  readonly screenedSelections: readonly SparseSelection[];
}

/** The selections whose thresholds are known before the encode: one screen serves them all. */
const BY_THRESHOLD = ["relu", "jumprelu", "window"] as const;
/** Screens everything that can be screened, on demand. Batch top-k cannot: its threshold needs the whole batch. */
export const SLOWER: Screening = {
  screening: "slower",
  screenedSelections: [...BY_THRESHOLD, "topk"],
};

/** The encode that is timed: 17 GF, with enough tiles for a large GPU. */
const SIZES = { B: 1024, d: 512, N: 16384 } as const;
/** The bias in standard deviations of a pre-activation: about one latent in 500 is active, and one in 150 a candidate. */
const BIAS = -2.9;
/** What top-k keeps: fewer than are active. */
const K = 24;
/** Room for codes per row. */
const ROOM = 128;
/** Fewest seconds in a measurement: waiting for the device alone may take 12 ms. */
const LEAST_SECONDS = 0.06;
/** How much faster the screened encode must be: in training its rows and latents are also quantised. */
const MARGIN = 1.1;

/** The choices of all adapters so far. */
export const screeningChoices: Choices<Screening> = /* @__PURE__ */ new Choices();

/** Whether WGSL has products of four bytes here. */
export function hasIntegerDots(): boolean {
  const features = globalThis.navigator?.gpu?.wgslLanguageFeatures;
  return features?.has("packed_4x8_integer_dot_product") ?? false;
}

/** The seconds of both encodes, and whether they left the same bits. */
export interface ScreeningProbe {
  readonly plain: number;
  readonly screened: number;
  readonly isEqual: boolean;
}

/** Chooses by what probes found: an adapter that rounds the two encodes differently does not screen. */
export function chooseScreening(
  probes: Readonly<Record<"relu" | "topk", ScreeningProbe>>,
): Screening {
  if (!probes.relu.isEqual || !probes.topk.isEqual) {
    return { screening: undefined, screenedSelections: [] };
  }
  const isFaster = ({ plain, screened }: ScreeningProbe) => screened * MARGIN < plain;
  if (!isFaster(probes.relu)) return SLOWER;
  const ranked = isFaster(probes.topk) ? ["topk"] as const : [];
  return { screening: "faster", screenedSelections: [...BY_THRESHOLD, ...ranked] };
}

/** Times encodes by relu and by top-k with and without screening, and compares the codes. */
export async function probeScreening(
  backend: Backend,
  { B, d, N }: Readonly<Record<"B" | "d" | "N", number>> = SIZES,
  leastSeconds: number = LEAST_SECONDS,
): Promise<Record<"relu" | "topk", ScreeningProbe>> {
  const made: Disposable[] = [];
  const owned = <T extends Disposable>(one: T): T => {
    made.push(one);
    return one;
  };
  try {
    return await probed(backend, { B, d, N }, leastSeconds, owned);
  } finally {
    for (const one of made) one[Symbol.dispose]();
  }
}

async function probed(
  backend: Backend,
  { B, d, N }: Readonly<Record<"B" | "d" | "N", number>>,
  leastSeconds: number,
  owned: <T extends Disposable>(one: T) => T,
): Promise<Record<"relu" | "topk", ScreeningProbe>> {
  const make = (dtype: DType, shape: number[], value?: () => number) => {
    const tensor = owned(backend.tensor(dtype, shape));
    if (value) backend.write(tensor, noise(tensor, value));
    return tensor;
  };
  const room = ROOM * B, W = quantizedWords(d);
  const codes = () => ({
    rowOffsets: make("u32", [B + 1]),
    indices: make("u32", [room]),
    values: make("f32", [room]),
    overflow: make("u32", [1]),
  });
  const uniform = generator();
  const operands = {
    input: make("f32", [B, d], uniform),
    encoder: make("f32", [N, d], uniform),
    // A uniform number between −1 and 1 has the variance 1/3.
    encoderBias: make("f32", [N], () => BIAS * Math.sqrt(d) / 3),
    threshold: make("f32", [N]),
  };
  const rows = { quantized: make("u32", [B, 2, W]), bounds: make("f32", [B, 5]) };
  const latents = { quantized: make("u32", [N, W]), bounds: make("f32", [N, 4]) };
  const quantise = owned(
    await backend.record((r) => {
      r.run(quantizeRows, { input: operands.input, ...rows }, {});
      r.run(quantizeLatents, { encoder: operands.encoder, ...latents }, {});
    }),
  );
  const expected = codes(), got = codes();
  const probe = async (constants: SelectionConstants): Promise<ScreeningProbe> => {
    const plain = owned(
      await backend.record((r) => r.run(encodeSparse, { ...operands, ...expected }, constants)),
    );
    const screened = owned(
      await backend.record((r) =>
        r.run(encodeScreened, { ...operands, ...quantized, ...got }, constants)
      ),
    );
    const programs = [plain, screened].map((program) => ({ backend, program }));
    const seconds = await timeInTurns(programs, leastSeconds);
    const isEqual = await haveEqualBits(backend, expected, got);
    return { plain: seconds[0], screened: seconds[1], isEqual };
  };
  const quantized = {
    quantizedRows: rows.quantized,
    rowBounds: rows.bounds,
    quantizedLatents: latents.quantized,
    latentBounds: latents.bounds,
    candidates: make("f32", [1]),
  };
  backend.submit(quantise);
  return {
    relu: await probe({ selection: "relu", k: K }),
    topk: await probe({ selection: "topk", k: K }),
  };
}

type Codes = Readonly<Record<"rowOffsets" | "indices" | "values" | "overflow", Tensor>>;

async function haveEqualBits(backend: Backend, a: Codes, b: Codes): Promise<boolean> {
  const offsets = await backend.read(a.rowOffsets);
  const count = Math.min(offsets[offsets.length - 1], a.indices.shape[0]);
  for (const name of ["rowOffsets", "overflow", "indices", "values"] as const) {
    const [expected, got] = [await backend.read(a[name]), await backend.read(b[name])];
    const length = name === "indices" || name === "values" ? count : expected.length;
    for (let e = 0; e < length; e++) if (!Object.is(expected[e], got[e])) return false;
  }
  return true;
}

function noise({ shape }: Tensor, value: () => number): Float32Array {
  const values = new Float32Array(shape.reduce((a, b) => a * b));
  for (let e = 0; e < values.length; e++) values[e] = value();
  return values;
}

/** Returns a generator of numbers between −1 and 1: xorshift, which is quick. */
function generator(): () => number {
  let state = 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}
