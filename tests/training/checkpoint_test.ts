import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type Checkpoint,
  checkpointChunks,
  createBackend,
  encodeCheckpoint,
  encodeSafetensors,
  readCheckpoint,
  readSafetensorsHeader,
  ShuffledActivations,
  sourceFromBytes,
  Trainer,
  type TrainerState,
} from "../../mod.ts";
import { encodeNativeSae } from "../../src/io/formats/native_writing.ts";
import { normalBatches } from "./runs.ts";
import { resealed } from "./resealed.ts";

const d = 3;
const N = 6;

async function stateOn(backendName: "reference" | "wasm", steps = 2): Promise<TrainerState> {
  using backend = await createBackend(backendName);
  const options = { inputSize: d, latentCount: N, steps: 10, clipNorm: Infinity };
  using trainer = await Trainer.create(backend, options);
  for (const batch of normalBatches(Array(steps).fill(4), d, 1)) await trainer.step(batch);
  return await trainer.state();
}

async function shuffleState() {
  const data = Float32Array.from({ length: 30 }, (_, i) => i);
  const files = [sourceFromBytes(encodeSafetensors({ x: { shape: [10, d], data } }), "x")];
  const batches = await ShuffledActivations.open(files, { batchRows: 2, bufferRows: 4 });
  await batches.next();
  return batches.state();
}

const read = (bytes: Uint8Array) => readCheckpoint(sourceFromBytes(bytes, "step.safetensors"));

Deno.test("a checkpoint comes back as it was, float64 and all, and the same one gives the same bytes", async () => {
  for (const backend of ["reference", "wasm"] as const) {
    for (const steps of [0, 2]) {
      const trainer = await stateOn(backend, steps);
      const wanted = backend === "reference" ? Float64Array : Float32Array;
      assert(trainer.tensors.encoder instanceof wanted);
      const record = { history: [1e-300, 0.1, "NaN"], note: "λ" };
      const whole: Checkpoint = {
        trainer,
        shuffle: await shuffleState(),
        record,
        createdBy: "me 1",
      };
      for (const checkpoint of [whole, { trainer, createdBy: "" }]) {
        const bytes = encodeCheckpoint(checkpoint);
        assertEquals(await read(bytes), checkpoint);
        assertEquals(encodeCheckpoint(structuredClone(checkpoint)), bytes);
      }
    }
  }
});

Deno.test("a checkpoint in chunks takes no memory beside its state", async () => {
  const trainer = await stateOn("wasm");
  const buffers = new Set(Object.values(trainer.tensors).map(({ buffer }) => buffer));
  const [head, ...rest] = checkpointChunks({ trainer, createdBy: "me" });
  assertEquals(buffers.has(head.buffer as ArrayBuffer), false);
  // Besides the tensors there is the row of metrics.
  assertEquals(
    rest.filter(({ buffer }) => buffers.has(buffer as ArrayBuffer)).length,
    buffers.size,
  );
  assertEquals(rest.length, buffers.size + 1);
});

Deno.test("a checkpoint is a safetensors file that others can look into", async () => {
  const trainer = await stateOn("reference");
  const bytes = encodeCheckpoint({ trainer, shuffle: await shuffleState(), createdBy: "me" });
  const { tensors, metadata } = await readSafetensorsHeader(sourceFromBytes(bytes));
  assertEquals(tensors.get("secondMoments.decoder")?.shape, [N, d]);
  assertEquals([tensors.get("encoder")?.dtype, tensors.get("silentSteps")?.dtype], ["F64", "U32"]);
  assertEquals(JSON.parse(metadata.trainer).options.clipNorm, "Infinity");
  assertEquals(JSON.parse(metadata.trainer).step, 2);
});

Deno.test("readCheckpoint() notices every changed bit, and every place at which a file is cut", async () => {
  const bytes = encodeCheckpoint({ trainer: await stateOn("wasm"), record: [1], createdBy: "me" });
  const refused = async (changed: Uint8Array, what: string) => {
    const error = await assertRejects(() => read(changed), Error, undefined, what);
    assert(error instanceof RangeError || error instanceof TypeError, `${what}: ${error}`);
    assert(error.message.startsWith("Cannot read "), `${what}: ${error}`);
  };
  const header = new DataView(bytes.buffer).getUint32(0, true);
  for (let i = 0; i < bytes.length; i++) {
    // Spaces that fill the header up to a multiple of eight say nothing.
    if (i < 8 + header && i >= 8 + header - 8 && bytes[i] === 0x20) continue;
    const changed = bytes.slice();
    changed[i] ^= 1 << i % 8;
    await refused(changed, `bit ${i % 8} of byte ${i}`);
    await refused(bytes.subarray(0, i), `cut at ${i}`);
  }
});

Deno.test("readCheckpoint() names what is wrong in a file whose checksum is right", async () => {
  const checkpoint = {
    trainer: await stateOn("wasm"),
    shuffle: await shuffleState(),
    createdBy: "me",
  };
  const bytes = encodeCheckpoint(checkpoint);
  type Json = Record<string, { shape?: number[]; dtype?: string }> & {
    __metadata__: Record<string, string>;
  };
  const metadata = (key: string, change: (value: string) => string | undefined) => (json: Json) => {
    const changed = change(json.__metadata__[key]);
    if (changed === undefined) delete json.__metadata__[key];
    else json.__metadata__[key] = changed;
  };
  const within = (key: string, change: (value: Record<string, unknown>) => void) =>
    metadata(key, (text) => {
      const value = JSON.parse(text);
      change(value);
      return JSON.stringify(value);
    });
  const cases: [(json: Json) => void, typeof Error, string][] = [
    [
      metadata("format", () => "pt"),
      TypeError,
      'must be "matryoshka-sae-training" version 1 but is "pt"',
    ],
    [metadata("format", () => undefined), TypeError, "but is not given"],
    [metadata("version", () => "2"), TypeError, 'but is "matryoshka-sae-training" version 2'],
    [
      metadata("createdBy", () => undefined),
      TypeError,
      "createdBy must be a string but is undefined",
    ],
    [
      metadata("trainer", () => undefined),
      TypeError,
      'metadata "trainer" must be JSON but is missing',
    ],
    [metadata("trainer", () => "{"), TypeError, 'metadata "trainer" must be JSON but is "{"'],
    [metadata("trainer", () => "7"), TypeError, 'metadata "trainer" must be an object but is 7'],
    [
      metadata("shuffle", () => undefined),
      RangeError,
      '"shuffle" and "shuffle.held" must come together',
    ],
    [metadata("record", () => "]"), TypeError, 'metadata "record" must be JSON but is "]"'],
    [
      within("trainer", (t) => delete t.metrics),
      TypeError,
      "metrics must be an object but is undefined",
    ],
    [within("trainer", (t) => t.metrics = { largestL0: 1 }), RangeError, "must come together"],
    [within("trainer", (t) => t.step = 1.5), RangeError, "step must be an integer of at least 0"],
    [within("trainer", (t) => t.step = 0), RangeError, "must not be there after 0 steps"],
    [
      within("trainer", (t) => t.options = null),
      TypeError,
      "options must be an object but is null",
    ],
    [
      within("trainer", (t) => t.options = { inputSize: d, latentCount: 1e9 }),
      RangeError,
      "Cannot read the checkpoint step.safetensors: encoder must be [1000000000,3] but is [6,3]",
    ],
    [
      within("trainer", (t) => t.options = { inputSize: 7, latentCount: N }),
      RangeError,
      "encoder must be [6,7] but is [6,3]",
    ],
    [within("trainer", (t) => t.prefixRandom = 1), TypeError, "Cannot restore the generator"],
    [
      within("shuffle", (s) => s.rowsRead = -1),
      RangeError,
      "rowsRead must be an integer of at least 0",
    ],
    [within("shuffle", (s) => s.heldChecksum = "1"), TypeError, "heldChecksum must be a number"],
    [(json) => json.encoder.shape = [d, N], RangeError, "encoder must be [6,3] but is [3,6]"],
    [(json) => json.silentSteps.dtype = "F32", TypeError, "silentSteps must be a Uint32Array"],
    [
      (json) => json.silentSteps.dtype = "I32",
      TypeError,
      '"silentSteps" must be F32, F64 or U32 but is I32',
    ],
    [
      (json) => {
        json.extra = json.scale;
        delete json.scale;
      },
      RangeError,
      'it has an unknown tensor "extra"',
    ],
  ];
  for (const [change, kind, message] of cases) {
    await assertRejects(() => read(resealed(bytes, change as never)), kind, message);
  }
  // A change of nothing is none.
  assertEquals(await read(resealed(bytes, () => {})), checkpoint);
});

Deno.test("readCheckpoint() reads no tensor of a file whose header is not a checkpoint's", async () => {
  const bytes = encodeCheckpoint({ trainer: await stateOn("wasm"), createdBy: "me" });
  type Tensors = Record<string, { dtype: string; shape: number[]; data_offsets: number[] }>;
  const changes: [(tensors: Tensors) => void, string][] = [
    [(t) => t.encoder.shape = [1, N * d], "encoder must be [6,3] but is [1,18]"],
    [(t) => t.metrics.shape.push(1), "metrics must be [count] but is ["],
    [(t) => t.more = t.encoder, ""],
    [
      (t) => {
        t.more = t.scale;
        delete t.scale;
      },
      'unknown tensor "more"',
    ],
  ];
  for (const [change, message] of changes) {
    const source = sourceFromBytes(resealed(bytes, change as never), "step.safetensors");
    const header = 8 + new DataView((await source.read(0, 8)).slice().buffer).getUint32(0, true);
    let most = 0;
    const watched = {
      ...source,
      read(offset: number, length: number) {
        most = Math.max(most, offset + length);
        return source.read(offset, length);
      },
    };
    await assertRejects(() => readCheckpoint(watched), RangeError, message);
    assert(most <= header, `${message}: read up to ${most} of ${header}`);
  }
});

Deno.test("readCheckpoint() refuses numbers that are not finite, in a file or before there is one", async () => {
  const trainer = await stateOn("reference");
  for (const name of ["encoder", "firstMoments.decoder", "importance", "runningNorm"]) {
    const spoilt = trainer.tensors[name].slice();
    const bytes = encodeCheckpoint({ trainer, createdBy: "me" });
    const { tensors } = await readSafetensorsHeader(sourceFromBytes(bytes));
    new DataView(bytes.buffer).setFloat64(tensors.get(name)!.offset, NaN, true);
    await assertRejects(
      () => read(resealed(bytes, () => {})),
      RangeError,
      `element 0 of ${name} is NaN`,
    );
    spoilt[0] = Infinity;
    const state = { ...trainer, tensors: { ...trainer.tensors, [name]: spoilt } };
    assertThrows(
      () => encodeCheckpoint({ trainer: state, createdBy: "me" }),
      RangeError,
      `Cannot encode the checkpoint: element 0 of ${name} is Infinity`,
    );
  }
});

Deno.test("readCheckpoint() says what a file of another kind is", async () => {
  const trainer = await stateOn("wasm");
  const parameters = {
    inputSize: d,
    latentCount: N,
    encoder: trainer.tensors.encoder as Float32Array,
    encoderBias: trainer.tensors.encoderBias as Float32Array,
    decoder: trainer.tensors.decoder as Float32Array,
    decoderBias: trainer.tensors.decoderBias as Float32Array,
  };
  const sae = encodeNativeSae({
    parameters,
    activation: { kind: "relu" },
    subtractDecoderBias: false,
    prefixes: 2,
    inputScale: 1,
    createdBy: "me",
  });
  await assertRejects(() => read(sae), TypeError, 'but is "matryoshka-sae" version 1');
  await assertRejects(() => read(new Uint8Array(3)), RangeError, "it has 3");
});

Deno.test("readCheckpoint() accepts a file with the former name of the metrics", async () => {
  const checkpoint = { trainer: await stateOn("wasm"), createdBy: "me" };
  const former = resealed(encodeCheckpoint(checkpoint), (header) => {
    const { metrics, ...trainer } = JSON.parse(header.__metadata__!.trainer);
    header.__metadata__!.trainer = JSON.stringify({ ...trainer, figures: metrics });
    header.figures = header.metrics;
    delete header.metrics;
  });
  assertEquals(await read(former), checkpoint);
});
