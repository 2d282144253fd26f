/** `examples/edge` in workerd, the runtime of Cloudflare Workers. */
import { assertEquals, assertLess } from "@std/assert";
import { named, whyNoTools } from "../../runtimes/setup/tools.ts";
import { checkedCases, load } from "./load.ts";
import { FILE, PREFIX } from "./problem.ts";
import { startModules, startWorkerd } from "./running.ts";
import { testService } from "./service_suite.ts";
import { Upstream } from "./upstream.ts";

testService("workerd", startWorkerd, whyNoTools());

/** What Cloudflare allows an isolate; workerd itself, beside the isolate, is not counted. */
const LIMIT = 128 * 2 ** 20;

const NOTHING = 'export default { fetch: () => new Response("nothing") };';

Deno.test({
  ...named("edge service in workerd: it stays within the memory of an isolate", whyNoTools()),
  async fn() {
    await using nothing = await startModules({ "worker.js": NOTHING }, {});
    assertEquals(await (await fetch(nothing.address)).text(), "nothing");
    const { most: base } = await nothing.memory();
    await using upstream = new Upstream(FILE.slice());
    await using service = await startWorkerd({ SAE_URL: upstream.url, PREFIX: `${PREFIX}` });
    const cases = await checkedCases(service.address);
    const cold = (await service.memory()).most - base;
    await load(service.address, cases, { requests: 300, concurrency: 50 });
    const loaded = (await service.memory()).most - base;
    const mebibytes = [cold, loaded].map((bytes) => (bytes / 2 ** 20).toFixed(0));
    console.log(
      `${mebibytes[0]} MiB above a worker that does nothing, ${mebibytes[1]} MiB under load`,
    );
    assertLess(loaded, LIMIT);
  },
});
