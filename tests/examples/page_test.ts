/** The page that loads and runs an autoencoder, in Chromium under a strict content security policy. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Browser, chromium, type Page } from "playwright-core";
import {
  createBackend,
  initialParameters,
  Random,
  type Sae,
  saveSae,
  SparseAutoencoder,
} from "../../mod.ts";
import { build } from "../../examples/page/build.ts";
import { HEADERS } from "../../examples/page/headers.ts";
import { handler } from "../../examples/page/serve.ts";
import { accessibilityComplaints } from "../accessibility.ts";
import { CHROMIUM, QUIET } from "../chromium.ts";
import { named, whyMissing } from "../missing.ts";
import { consumer } from "../runtimes/setup/packed.ts";
import { whyNoTools } from "../runtimes/setup/tools.ts";

const EXAMPLE = new URL("../../examples/page/", import.meta.url);
const GUIDE = new URL("../../docs/in-a-web-page.md", import.meta.url);

const INPUTS = 64, LATENTS = 512, PREFIX = 32;

const SAE: Sae = {
  parameters: initialParameters(INPUTS, LATENTS, Random.fromSeed(1)),
  activation: { kind: "topk", k: 4 },
  subtractDecoderBias: false,
};
const FILE = saveSae(SAE, "native")["sae.safetensors"];

type Handler = (request: Request) => Promise<Response>;

function listen(handler: Handler): { address: string } & AsyncDisposable {
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = Deno.serve(options, handler);
  return {
    address: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A server of another origin that lets pages read its file and counts the bytes that it sends. */
function fileServer(folder: URL): { address: string; sent: () => number } & AsyncDisposable {
  let sent = 0;
  const respond = handler(folder, FILE, {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "content-range",
  });
  const server = listen(async (request) => {
    const response = await respond(request);
    const bytes = await response.arrayBuffer();
    sent += bytes.byteLength;
    return new Response(bytes, response);
  });
  return { ...server, sent: () => sent };
}

/** The example's headers with another source of autoencoders, and without a source of the policy. */
function headers(source: string, without = ""): Record<string, string> {
  const policy = HEADERS["content-security-policy"].replace("https:", source).replace(without, "");
  return { ...HEADERS, "content-security-policy": policy };
}

async function load(page: Page, address: string, prefix: string): Promise<string> {
  await page.getByLabel("Address").fill(address);
  await page.getByLabel("Latents to load").fill(prefix);
  await page.getByRole("button", { name: "Load" }).press("Enter");
  const status = page.getByRole("status");
  await status.filter({ hasNotText: /^Loading|^Nothing/ }).waitFor();
  return await status.innerText();
}

async function inChromium(body: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET] });
  try {
    await body(browser);
  } finally {
    await browser.close();
  }
}

/** What the page lists for a row. */
async function expectedLines(row: Float32Array): Promise<string[]> {
  using backend = await createBackend("wasm");
  using whole = SparseAutoencoder.fromSae(backend, SAE);
  using sae = whole.prefix(PREFIX);
  const { indices, values } = await sae.encode(row);
  return [...indices.keys()].sort((a, b) => values[b] - values[a])
    .map((i) => `latent ${indices[i]}: ${values[i].toFixed(3)}`);
}

Deno.test({
  ...named("the page that runs an autoencoder", whyMissing(CHROMIUM, "chromium")),
  // Playwright keeps its connection to the browser for a moment after closing it.
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    inChromium(async (browser) => {
      const folder = await build();
      await using files = fileServer(folder);
      await using site = listen(handler(folder, FILE, headers(files.address)));
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      await page.goto(site.address);

      await t.step("loads a prefix from another origin, on threads", async () => {
        const status = await load(page, `${files.address}/sae.safetensors`, `${PREFIX}`);
        assertMatch(status, /^32 latents on 64 inputs are loaded \(.* threads\)\.$/);
        assert(files.sent() < FILE.length / 4, `${files.sent()} of ${FILE.length} bytes`);
        assertEquals(await page.getByRole("progressbar").getAttribute("value"), "1");
      });

      await t.step("encodes a row", async () => {
        const row = Float32Array.from({ length: INPUTS }, (_, i) => i % 7 - 3);
        await page.getByLabel("A row of activations").fill(row.join(", "));
        await page.getByRole("button", { name: "Encode" }).press("Enter");
        await page.getByText("4 latents are active.").waitFor();
        assertEquals(await page.getByRole("listitem").allInnerTexts(), await expectedLines(row));
      });

      await t.step("violates no policy, and axe finds no problem", async () => {
        assertEquals(complaints, []);
        assertEquals(await accessibilityComplaints(page), []);
      });

      await t.step("says why it cannot load or encode", async () => {
        assertMatch(await load(page, "nothing.safetensors", ""), /the server gave status 404/);
        const refused = await load(page, "http://127.0.0.1:9/sae.safetensors", "");
        assertMatch(refused, /Cannot read http:\/\/127\.0\.0\.1:9\/.*Failed to fetch/);
        assert(await page.getByRole("button", { name: "Encode" }).isDisabled());
      });

      await t.step("says what the policy must permit", async () => {
        const strict = headers(files.address, " 'wasm-unsafe-eval'");
        await using closed = listen(handler(folder, FILE, strict));
        await page.goto(closed.address);
        assertMatch(await load(page, "sae.safetensors", ""), /Content Security Policy/);
      });
    }),
});

/** The imports of the package by its name, and by its address as without a bundler. */
const BY_NAME = '"@matryoshka/sae/wasm"';
const BY_ADDRESS = '"/node_modules/@matryoshka/sae/entries/wasm.js"';

/** Serves the example as it stands beside the installed package. */
function unbundled(project: URL): Handler {
  const serveExample = handler(EXAMPLE, FILE);
  return async (request) => {
    const { pathname } = new URL(request.url);
    const installed = pathname.startsWith("/node_modules/");
    if (!installed && pathname !== "/worker.js") return await serveExample(request);
    const source = await Deno.readTextFile(new URL(`.${pathname}`, installed ? project : EXAMPLE));
    const headers = { ...HEADERS, "content-type": "text/javascript" };
    return new Response(source.replace(BY_NAME, BY_ADDRESS), { headers });
  };
}

Deno.test({
  ...named(
    "the page that runs an autoencoder needs no bundler",
    whyMissing(CHROMIUM, "chromium") ?? whyNoTools(),
  ),
  sanitizeOps: false,
  sanitizeResources: false,
  fn: () =>
    inChromium(async (browser) => {
      await using site = listen(unbundled(await consumer()));
      const page = await browser.newPage();
      await page.goto(site.address);
      assertMatch(await load(page, "sae.safetensors", ""), /^512 latents on 64 inputs are loaded/);
    }),
});

Deno.test("the guide quotes the page's code and policy as they are", async () => {
  const guide = await Deno.readTextFile(GUIDE);
  const sources = ["page.js", "worker.js", "progress.js"].map((name) =>
    Deno.readTextFileSync(new URL(name, EXAMPLE)).replace(BY_NAME, BY_ADDRESS)
  );
  const blocks = [...guide.matchAll(/^```js ignore\n([^]*?)^```$/gm)].map(([, code]) => code);
  assertEquals(blocks.filter((code) => !sources.some((source) => source.includes(code))), []);
  assertEquals(blocks.length, 5);
  const oneLine = guide.replaceAll(/\s+/g, " ");
  assert(oneLine.includes(HEADERS["content-security-policy"]));
  for (const name of ["Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"]) {
    assert(guide.includes(`${name}: ${HEADERS[name.toLowerCase()]}\n`), name);
  }
});
