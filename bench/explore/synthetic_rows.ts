/** Rows, tokens and an autoencoder made up for measuring: some latents are active often, most of them rarely. */
import { Random, type Sae, saveSae } from "../../mod.ts";

/** The sizes. */
export interface Sizes {
  readonly rows: number;
  readonly inputSize: number;
  readonly latentCount: number;
  /** The mean number of active latents per row. */
  readonly l0: number;
}

/** The files of a folder. */
export interface Files {
  readonly sae: string;
  readonly data: string;
  readonly tokens: string;
  readonly vocabulary: string;
}

const TOKENS = 30_000, CONTEXT = 128, CHUNK = 4096;
/** How much of a row the next one of the same sequence keeps. */
const KEPT = 0.5;

/** Writes the files. The rows are made and written piece by piece. */
export async function writeSynthetic(folder: string, sizes: Sizes): Promise<Files> {
  const { rows, inputSize: d } = sizes;
  const random = Random.fromSeed(1);
  const source = new Rows(d, Random.fromSeed(2));
  const sample = source.next(1000);
  const sae = `${folder}/sae.safetensors`;
  const made = autoencoder(sizes, sample, random);
  await Deno.writeFile(sae, saveSae(made, "native")["sae.safetensors"]);

  const data = `${folder}/rows.npy`, tokens = `${folder}/tokens.npy`;
  const write = async (path: string, head: string, next: (count: number) => Uint8Array) => {
    using file = await Deno.open(path, { write: true, create: true, truncate: true });
    const writer = file.writable.getWriter();
    const text = new TextEncoder().encode(head.padEnd(117) + "\n");
    await writer.write(Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0));
    await writer.write(text);
    for (let from = 0; from < rows; from += CHUNK) {
      await writer.write(next(Math.min(CHUNK, rows - from)));
    }
    await writer.close();
  };
  const header = (type: string, shape: string) =>
    `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape}), }`;
  await write(data, header("<f2", `${rows}, ${d}`), (count) => {
    return new Uint8Array(new Float16Array(source.next(count)).buffer);
  });
  await write(tokens, header("<u2", `${rows},`), (count) => {
    // The frequencies of words: the nth most frequent one has a share of about 1 / n.
    const pick = () => Math.floor(Math.exp(random.uniform() * Math.log(TOKENS + 1))) - 1;
    return new Uint8Array(Uint16Array.from({ length: count }, pick).buffer);
  });
  const vocabulary = `${folder}/vocab.json`;
  const words = Array.from({ length: TOKENS }, (_, n) => `\u0120word${n.toString(36)}`);
  await Deno.writeTextFile(vocabulary, JSON.stringify(words));
  return { sae, data, tokens, vocabulary };
}

/** Correlated rows: those of a sequence resemble one another, and some directions are strong. */
class Rows {
  readonly #d: number;
  readonly #random: Random;
  readonly #state: Float64Array;
  #row = 0;

  constructor(d: number, random: Random) {
    this.#d = d;
    this.#random = random;
    this.#state = new Float64Array(d);
  }

  next(count: number): Float32Array {
    const d = this.#d, state = this.#state, rows = new Float32Array(count * d);
    for (let b = 0; b < count; b++) {
      const kept = this.#row++ % CONTEXT === 0 ? 0 : KEPT, fresh = Math.sqrt(1 - kept * kept);
      for (let k = 0; k < d; k++) {
        state[k] = kept * state[k] + fresh * this.#random.normal();
        rows[b * d + k] = state[k] * 2 / Math.sqrt(1 + k / 4);
      }
    }
    return rows;
  }
}

/** Random directions with the one threshold that gives the L0 on a sample. */
function autoencoder(
  { inputSize: d, latentCount, l0 }: Sizes,
  sample: Float32Array,
  random: Random,
): Sae {
  const decoder = new Float32Array(latentCount * d);
  for (let i = 0; i < latentCount; i++) {
    let squares = 0;
    for (let k = 0; k < d; k++) squares += (decoder[i * d + k] = random.normal()) ** 2;
    for (let k = 0; k < d; k++) decoder[i * d + k] /= Math.sqrt(squares);
  }
  const rows = sample.length / d, products = new Float32Array(rows * latentCount);
  for (let b = 0; b < rows; b++) {
    for (let i = 0; i < latentCount; i++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += sample[b * d + k] * decoder[i * d + k];
      products[b * latentCount + i] = sum;
    }
  }
  const threshold = products.sort()[products.length - Math.round(l0 * rows)];
  return {
    parameters: {
      inputSize: d,
      latentCount,
      encoder: decoder,
      encoderBias: new Float32Array(latentCount),
      decoder,
      decoderBias: new Float32Array(d),
    },
    activation: { kind: "jumprelu", threshold: new Float32Array(latentCount).fill(threshold) },
    subtractDecoderBias: false,
    prefixes: [latentCount / 16, latentCount / 4, latentCount],
  };
}
