import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  encodeSafetensors,
  initialParameters,
  Random,
  readSafetensorsHeader,
  readTensor,
  sourceFromBytes,
} from "../../../mod.ts";
import { encodeNativeSae } from "../../../src/io/formats/native_writing.ts";
import type { NativeSae } from "../../../src/io/formats/native_layout.ts";
import { readNativeSae } from "../../../src/io/formats/native_reading.ts";

const NAMES = ["encoder", "encoderBias", "decoder", "decoderBias", "threshold"];

function someSae(more: Partial<NativeSae> = {}): NativeSae {
  return {
    parameters: initialParameters(3, 5, Random.fromSeed(1)),
    activation: { kind: "topk", k: 2 },
    subtractDecoderBias: true,
    prefixes: [2, 5],
    inputScale: 0.3,
    createdBy: "a test",
    ...more,
  };
}

/** The file with tensors or metadata replaced, or with `undefined` left out. */
async function changed(
  tensors: Record<string, number[] | undefined>,
  metadata: Record<string, string | undefined> = {},
): Promise<Uint8Array> {
  const source = sourceFromBytes(encodeNativeSae(someSae()));
  const header = await readSafetensorsHeader(source);
  const kept = Object.fromEntries(
    await Promise.all([...header.tensors].map(async ([name, { shape }]) => {
      return [name, { shape, data: await readTensor(source, header, name) }];
    })),
  );
  for (const [name, shape] of Object.entries(tensors)) {
    if (shape === undefined) delete kept[name];
    else kept[name] = { shape, data: new Float32Array(shape.reduce((a, b) => a * b)) };
  }
  const strings = Object.entries({ ...header.metadata, ...metadata })
    .filter((entry): entry is [string, string] => entry[1] !== undefined);
  return encodeSafetensors(kept, Object.fromEntries(strings));
}

for (
  const sae of [
    someSae(),
    someSae({ activation: { kind: "relu" }, subtractDecoderBias: false, prefixes: 4 }),
    someSae({
      activation: { kind: "identity" },
      inputNormalization: { kind: "layerNorm", epsilon: 1e-5 },
      training: { preset: "authorCode", options: { steps: 3, seed: 1 }, versions: { deno: "2" } },
    }),
    someSae({ activation: { kind: "jumprelu", threshold: new Float32Array([1, 2, 0, 4, 0.1]) } }),
  ]
) {
  Deno.test(`readNativeSae() gives back what was encoded, with ${sae.activation.kind}`, async () => {
    assertEquals(await readNativeSae(sourceFromBytes(encodeNativeSae(sae))), sae);
  });
}

Deno.test("encodeNativeSae() writes plain tensors that any reader of safetensors finds", async () => {
  const { tensors, metadata } = await readSafetensorsHeader(
    sourceFromBytes(encodeNativeSae(someSae())),
  );
  assertEquals([...tensors.keys()].sort(), NAMES.slice(0, 4).sort());
  assertEquals(tensors.get("encoder")!.shape, [5, 3]);
  assertEquals([metadata.format, metadata.version], ["matryoshka-sae", "1"]);
  assertEquals(JSON.parse(metadata.activation), { kind: "topk", k: 2 });
});

Deno.test("readNativeSae() names missing, misshapen and invalid parts", async (t) => {
  const cases: [Parameters<typeof changed>, ErrorConstructor, string][] = [
    [[{ decoder: undefined }], RangeError, 'it lacks the tensor "decoder"'],
    [[{ encoder: [15] }], RangeError, "encoder must be [N, d] but is [15]"],
    [[{ encoderBias: [4] }], RangeError, "encoderBias must be [5] beside encoder [5,3] but is [4]"],
    [[{ decoder: [3, 5] }], RangeError, "decoder must be [5,3] beside encoder [5,3] but is [3,5]"],
    [[{}, { activation: '{"kind":"jumprelu"}' }], RangeError, 'it lacks the tensor "threshold"'],
    [[{}, { format: undefined }], TypeError, "but is not given"],
    [[{}, { version: "3" }], TypeError, 'version 1 or 2 but is "matryoshka-sae" version 3'],
    [[{}, { version: "2" }], RangeError, 'it lacks the tensor "encoderScale"'],
    [[{}, { activation: "topk" }], TypeError, 'metadata "activation" must be JSON but is "topk"'],
    [
      [{}, { activation: "null" }],
      TypeError,
      'activation must be an object like {kind: "relu"} but is null',
    ],
    [[{}, { activation: '{"kind":"tanh"}' }], TypeError, 'but is "tanh"'],
    [[{}, { prefixes: "[2,4]" }], RangeError, "prefixes must end at latentCount 5 but end at 4"],
    [[{}, { prefixes: undefined }], TypeError, 'metadata "prefixes" must be JSON but is missing'],
    [[{}, { inputScale: "-1" }], RangeError, "inputScale must be positive but is -1"],
    [
      [{}, { inputScale: '"2"' }],
      TypeError,
      'inputScale must be a number but is "2" (string)',
    ],
    [
      [{}, { inputNormalization: '{"kind":"layerNorm"}' }],
      TypeError,
      "inputNormalization.epsilon must be a number but is undefined",
    ],
    [[{}, { training: "3" }], TypeError, "training must be an object but is 3 (number)"],
    [
      [{}, { subtractDecoderBias: "1" }],
      TypeError,
      "subtractDecoderBias must be true or false but is 1 (number)",
    ],
  ];
  for (const [change, kind, message] of cases) {
    await t.step(message, async () => {
      const source = sourceFromBytes(await changed(...change), "a.safetensors");
      const error = await assertRejects(() => readNativeSae(source), kind, message);
      assertStringIncludes(error.message, "Cannot read the autoencoder of a.safetensors: ");
    });
  }
});
