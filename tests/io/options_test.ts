/** Misspelt options are errors, not silently ignored. */
import { assertRejects, assertThrows } from "@std/assert";
import {
  codesFromDense,
  initialParameters,
  loadSae,
  Random,
  type Sae,
  saveSae,
  sourceFromUrl,
  writeCodes,
} from "../../mod.ts";

const sae: Sae = {
  parameters: initialParameters(4, 10, Random.fromSeed(1)),
  activation: { kind: "relu" },
  subtractDecoderBias: false,
};

Deno.test("loadSae() refuses unknown options", async () => {
  await assertRejects(
    () => loadSae(saveSae(sae, "native"), { fromat: "native" } as object),
    TypeError,
    'Cannot read the autoencoder: there is no option "fromat"; did you mean format?',
  );
});

Deno.test("saveSae() refuses unknown options", () => {
  assertThrows(
    () => saveSae(sae, "saelens", { dType: "F16" } as object),
    TypeError,
    'Cannot save the autoencoder: there is no option "dType"; did you mean dtype?',
  );
});

Deno.test("sourceFromUrl() refuses unknown options, before any request", async () => {
  await assertRejects(
    () => sourceFromUrl("https://sae.test/a.npy", { Signal: null } as object),
    TypeError,
    'Cannot read https://sae.test/a.npy: there is no option "Signal"; did you mean signal?',
  );
});

Deno.test("writeCodes() refuses unknown facts about the origin", () => {
  const codes = codesFromDense(1, 2, new Float32Array([0, 1]));
  assertThrows(
    () => writeCodes(codes, { createdby: "me" } as object),
    TypeError,
    'Cannot write codes: there is no option "createdby"; did you mean createdBy?',
  );
});
