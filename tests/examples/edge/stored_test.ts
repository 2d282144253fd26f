/** The edge service with encoders in float16 and int8, as the bench serves them at the size of Gemma Scope. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { named } from "../../missing.ts";
import { isolateBytes, wasmBytes } from "../../runtimes/setup/isolate.ts";
import { whyNoTools } from "../../runtimes/setup/tools.ts";
import { ISOLATE_BYTES } from "../../runtimes/setup/workerd.ts";
import { checkedCases, load } from "./load.ts";
import { startDeno, startWorkerd } from "./running.ts";
import { storedProblem } from "./stored_problem.ts";
import { storedRows, type StoredSae, writeStoredSae } from "./stored_sae.ts";
import { Upstream } from "./upstream.ts";

const MEBIBYTE = 2 ** 20;

/** Writes the file of an autoencoder, and serves it to the body of a test. */
async function withUpstream(sae: StoredSae, body: (upstream: Upstream) => Promise<void>) {
  const file = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    await writeStoredSae(sae, file);
    await using upstream = new Upstream(file);
    await body(upstream);
  } finally {
    await Deno.remove(file);
  }
}

for (const [storage, bytes] of [["int8", 1], ["F16", 2]] as const) {
  const sae = { storage, inputSize: 1152, latentCount: 1024, seed: 3 } as const;

  Deno.test(`edge service in Deno: an encoder in ${storage} alone is loaded, and gives the codes of its weights`, () =>
    withUpstream(sae, async (upstream) => {
      await using service = await startDeno({ SAE_URL: upstream.url });
      const cases = await checkedCases(service.address, storedProblem(sae));
      await load(service.address, cases, { requests: 100, concurrency: 50 });
      const { latentCount: N, inputSize: d } = sae;
      // Besides the encoder: its bias, the four arrays of int8, c, and the first request, for the header.
      assertLess(upstream.sentBytes, bytes * N * d + 20 * N + 4 * d + 2048 + 1);
    }));
}

Deno.test({
  ...named(
    "edge service in workerd: an encoder in int8 takes little more than its weights",
    whyNoTools(),
  ),
  fn: () => {
    const sae = { storage: "int8", inputSize: 1152, latentCount: 8192, seed: 3 } as const;
    return withUpstream(sae, async (upstream) => {
      await using service = await startWorkerd({ SAE_URL: upstream.url });
      using meter = await service.isolate();
      meter.watch(10);
      const cases = await checkedCases(service.address, storedProblem(sae));
      await load(service.address, cases, { requests: 200, concurrency: 50 });
      const { heap, buffers, wasm } = meter.most;
      console.log(
        [heap, buffers, wasm].map((bytes) => (bytes / MEBIBYTE).toFixed(1)).join(" + ") + " MiB",
      );
      // Each of four chunk sizes has its tensors, and the kernel packs a chunk of rows and of latents.
      assertLess(wasm, sae.latentCount * sae.inputSize + 8 * MEBIBYTE);
      assertLess(isolateBytes(meter.most), ISOLATE_BYTES / 2);
    });
  },
});

Deno.test("wasmBytes() finds memories of WebAssembly among the mappings of a process", () => {
  const maps = `316300000000-316300940000 rw-p 00000000 00:00 0
316300940000-316400000000 ---p 00000000 00:00 0
636700000000-63673fe00000 ---p 00000000 00:00 0
7fdc32860000-7fdc34280000 rw-p 00000000 00:00 0
7fdc34280000-7fdd32880000 ---p 00000000 00:00 0`;
  assertEquals(wasmBytes(maps), 26 * MEBIBYTE);
});

Deno.test("rows for stored encoders are the same for the same arguments", () => {
  const sae = { storage: "F16", inputSize: 64, latentCount: 128, seed: 5 } as const;
  assertEquals(storedRows(sae, 3, 1), storedRows(sae, 3, 1));
  assert(storedRows(sae, 3, 1)[0] !== storedRows(sae, 3, 2)[0]);
});
