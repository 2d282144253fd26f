/** Misspelt options are errors, not silently ignored. */
import { assertRejects, assertThrows } from "@std/assert";
import {
  activationBatches,
  describeActivations,
  encodeSafetensors,
  ShuffledActivations,
  shuffledRows,
  sourceFromBytes,
  ToyTree,
} from "../../mod.ts";

const data = Float32Array.from({ length: 12 }, (_, i) => i);
const files = [sourceFromBytes(encodeSafetensors({ activations: { shape: [6, 2], data } }))];

async function* rows() {
  yield data;
}

for (
  const [call, message] of [
    [
      () =>
        activationBatches(files, { batchRows: 2, partal: true } as { batchRows: number }).next(),
      'Cannot read activations in batches: there is no option "partal"; did you mean partial?',
    ],
    [
      () => describeActivations(files, { tensors: "a" } as object),
      'Cannot describe activations: there is no option "tensors"; did you mean tensor?',
    ],
    [
      () => {
        const options = { inputSize: 2, bufferRows: 3, batchRows: 2, random: Math.random, seed: 1 };
        return shuffledRows(rows(), options).next();
      },
      'Cannot shuffle rows: there is no option "seed"; the options are inputSize, bufferRows',
    ],
    [
      () => ShuffledActivations.open(files, { batchRows: 2, bufferRows: 3, ...{ sed: 1 } }),
      'Cannot shuffle activations: there is no option "sed"; did you mean seed?',
    ],
    [
      async () => {
        const options = { batchRows: 2, bufferRows: 3 };
        const state = (await ShuffledActivations.open(files, options)).state();
        return ShuffledActivations.resume(files, { ...options, ...{ rowz: {} } }, state);
      },
      'there is no option "rowz"; did you mean rows?',
    ],
  ] as [() => Promise<unknown>, string][]
) {
  Deno.test(message, () => assertRejects(call, TypeError, message).then(() => {}));
}

Deno.test("ToyTree.create() refuses unknown options", () => {
  assertThrows(
    () => ToyTree.create({ size: 20 } as object),
    TypeError,
    'Cannot create the toy tree: there is no option "size"; did you mean inputSize?',
  );
});
