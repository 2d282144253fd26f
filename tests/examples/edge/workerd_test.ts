/** `examples/edge` in workerd, the runtime of Cloudflare Workers. */
import { assertEquals, assertLess } from "@std/assert";
import { named } from "../../missing.ts";
import { whyNoTools } from "../../runtimes/setup/tools.ts";
import { ISOLATE_BYTES, startIdleWorker, startWorker } from "../../runtimes/setup/workerd.ts";
import { checkedCases, load } from "./load.ts";
import { assertCodes, FILE, PREFIX, PROBLEM, randomRows } from "./problem.ts";
import { startWorkerd } from "./running.ts";
import { testService } from "./service_suite.ts";
import { Upstream } from "./upstream.ts";
import { bundleWorker } from "./worker_bundle.ts";

testService("workerd", startWorkerd, whyNoTools());

const PAGE = new URL("../../../docs/run-at-the-edge.md", import.meta.url);

Deno.test({
  ...named("edge service in workerd: it needs no more memory than an isolate has", whyNoTools()),
  async fn() {
    await using nothing = await startIdleWorker();
    const { most: base } = await nothing.memory();
    await using upstream = new Upstream(FILE.slice());
    await using service = await startWorkerd({ SAE_URL: upstream.url, PREFIX: `${PREFIX}` });
    const cases = await checkedCases(service.address, PROBLEM);
    const cold = (await service.memory()).most - base;
    await load(service.address, cases, { requests: 300, concurrency: 50 });
    const loaded = (await service.memory()).most - base;
    const mebibytes = [cold, loaded].map((bytes) => (bytes / 2 ** 20).toFixed(0));
    console.log(
      `${mebibytes[0]} MiB above a worker that does nothing, ${mebibytes[1]} MiB under load`,
    );
    assertLess(loaded, ISOLATE_BYTES);
  },
});

Deno.test({
  ...named("the Worker of docs/run-at-the-edge.md encodes in workerd", whyNoTools()),
  async fn() {
    const [, source] = /```js ignore\n(.*?)```/s.exec(await Deno.readTextFile(PAGE))!;
    const folder = await Deno.makeTempDir();
    try {
      const worker = new URL(`file://${folder}/worker.js`);
      await Deno.writeTextFile(worker, source);
      await using upstream = new Upstream(FILE.slice());
      const modules = await bundleWorker(worker);
      await using service = await startWorker(modules, { SAE_URL: upstream.url });
      upstream.status = 503;
      const failed = await fetch(service.address, { method: "POST", body: randomRows(1) });
      await failed.body?.cancel();
      assertEquals(failed.status, 500);
      upstream.status = undefined;
      const rows = randomRows(3);
      const response = await fetch(service.address, { method: "POST", body: rows });
      const { rowOffsets, indices, values } = await response.json();
      await assertCodes({
        rows: 3,
        latentCount: PREFIX,
        rowOffsets: Uint32Array.from(rowOffsets),
        indices: Uint32Array.from(indices),
        values: Float32Array.from(values),
      }, rows);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
