/** Loading goes straight into place: beside what stays, memory holds a tenth of it at most. */
import { assert, assertEquals, assertLess, assertLessOrEqual } from "@std/assert";
import {
  type Backend,
  createBackend,
  initialParameters,
  Random,
  readSafetensorsHeader,
  saveSae,
  sourceFromBytes,
  SparseAutoencoder,
} from "../../mod.ts";

const N = 768;
const CONSTRUCTORS = [
  "Uint8Array",
  "Uint16Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "ArrayBuffer",
] as const;

/** Counts the bytes of all arrays that are made until it is disposed: more than are ever held at a time. */
function countArrays(): { bytes: number } & Disposable {
  const originals = CONSTRUCTORS.map((name) => [name, globalThis[name]] as const);
  const count = {
    bytes: 0,
    [Symbol.dispose]() {
      for (const [name, original] of originals) Reflect.set(globalThis, name, original);
    },
  };
  for (const [name, original] of originals) {
    const construct: ProxyHandler<typeof original>["construct"] = (target, args, newTarget) => {
      const made = Reflect.construct(target, args, newTarget);
      // A view of a buffer makes no bytes.
      if (!(args[0] instanceof ArrayBuffer)) count.bytes += made.byteLength;
      return made;
    };
    Reflect.set(globalThis, name, new Proxy(original, { construct }));
  }
  return count;
}

/** Serves ranges of a file, each through one small buffer, which each piece overwrites. */
class Ranges {
  readonly asked: [from: number, to: number][] = [];
  readonly #file: Uint8Array;

  constructor(file: Uint8Array) {
    this.#file = file;
  }

  readonly fetch = (_: string, { headers }: RequestInit): Promise<Response> => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(headers).get("range")!)!;
    const { length: size } = this.#file;
    const to = Math.min(Number(last) + 1, size);
    let at = Number(first);
    this.asked.push([at, to]);
    // An odd length, so that pieces end within values.
    const buffer = new Uint8Array(1021);
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
      const piece = this.#file.subarray(at, Math.min(at + buffer.length, to));
      buffer.set(piece);
      controller.enqueue(buffer.subarray(0, piece.length));
      if ((at += piece.length) === to) controller.close();
    };
    const body = new ReadableStream({ pull }, { highWaterMark: 0 });
    const range = `bytes ${at}-${to - 1}/${size}`;
    return Promise.resolve(
      new Response(body, { status: 206, headers: { "content-range": range } }),
    );
  };
}

/** Follows the bytes of tensors to their peak. */
function peakOf(backend: Backend): () => number {
  let peak = 0;
  const tensor = backend.tensor.bind(backend);
  backend.tensor = (dtype, shape) => {
    const made = tensor(dtype, shape);
    peak = Math.max(peak, backend.allocatedBytes);
    return made;
  };
  return () => peak;
}

for (const dtype of ["F32", "F16", "BF16", "int8"] as const) {
  for (const d of [640, 637]) {
    Deno.test(`loading ${dtype} weights of ${d} inputs peaks at 1.1 × what stays`, async () => {
      const random = Random.fromSeed(1);
      const parameters = initialParameters(d, N, random);
      const sae = { parameters, activation: { kind: "relu" }, subtractDecoderBias: true } as const;
      const bytes = saveSae(sae, "native", { dtype })["sae.safetensors"];
      const x = Float32Array.from({ length: 3 * d }, () => random.normal());
      const { tensors } = await readSafetensorsHeader(sourceFromBytes(bytes));
      const decoder = tensors.get("decoder")!;
      for (const parts of ["all", "encoder"] as const) {
        using backend = await createBackend("wasm");
        const server = new Ranges(bytes);
        const { fetch } = server;
        const url = "https://example.com/sae.safetensors";
        const peak = peakOf(backend);
        using arrays = countArrays();
        using loaded = await SparseAutoencoder.load(backend, url, {
          parts,
          fetch,
          screening: "off",
        });
        const held = backend.allocatedBytes;
        arrays[Symbol.dispose]();
        // Two norms of each latent stay with the host.
        const stays = held + (dtype === "int8" ? 8 * N : 0);
        assertLessOrEqual(peak() + arrays.bytes, 1.1 * stays);
        const perWeight = { F32: 4, F16: 2, BF16: 2, int8: 1 }[dtype];
        const small = N * (4 + 4 + 4 + 16 + 4 + 4) + 8 * d;
        const matrices = parts === "all" ? 2 : 1;
        // Rows are padded to whole words.
        assertLess(held, matrices * N * (d + 3) * perWeight + small);
        // The first request is for the header, with what follows it.
        const [[, head], ...others] = server.asked;
        const { offset, byteLength } = decoder;
        const apart = others.every(([from, to]) => to <= offset || from >= offset + byteLength);
        assertEquals(apart, parts === "encoder");
        const total = server.asked.reduce((sum, [from, to]) => sum + to - from, 0);
        const unread = apart ? byteLength - Math.max(head - offset, 0) : 0;
        assertEquals(total, bytes.length - unread);
        using whole = await SparseAutoencoder.load(backend, bytes);
        assertEquals(await loaded.encode(x), await whole.encode(x));
        assert(backend.screening);
      }
    });
  }
}
