/** SparseAutoencoder runs what other libraries have trained, on every backend. */
import { assertEquals, assertLess } from "@std/assert";
import { denseFromCodes, loadSae, SparseAutoencoder } from "../../mod.ts";
import { backends } from "../backends.ts";
import { INTEROP_NAMES, interopExpected, interopFiles } from "../io/formats/golden_files.ts";
import { relativeError } from "../golden/golden.ts";

for (const { name: backendName, create } of backends) {
  Deno.test(`every checkpoint computes on ${backendName} the same as its own library`, async () => {
    using backend = await create();
    for (const name of INTEROP_NAMES) {
      const expected = await interopExpected(name);
      using sae = SparseAutoencoder.fromSae(backend, await loadSae(await interopFiles(name)));
      const x = Float32Array.from(expected.x);
      const codes = await sae.encode(x);
      assertEquals([codes.rows, codes.latentCount], [expected.rows, expected.latentCount]);
      assertLess(relativeError(denseFromCodes(codes), expected.activations), 1e-5, name);
      assertLess(relativeError(await sae.decode(codes), expected.reconstruction), 1e-5, name);
      assertLess(relativeError(await sae.reconstruct(x), expected.reconstruction), 1e-5, name);
      assertEquals(sae.prefixes, expected.prefixes);
    }
  });
}
