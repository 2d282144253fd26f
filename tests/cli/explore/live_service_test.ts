/** New rows in the explorer's page, encoded by the edge example. */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { saveSae } from "../../../mod.ts";
import { someSae } from "../sae_samples.ts";
import { ROWS } from "./live_folder.ts";
import { assertShown, liveTest, openView, sees, shownLatents } from "./live_page.ts";
import { listen, serveEdge, serveFolder } from "./live_servers.ts";

/** Sends the rows to a service. */
async function ask(page: Page, address: string): Promise<void> {
  await page.getByLabel("Encoding service").fill(address);
  await page.getByLabel("Encoding service").press("Enter");
}

liveTest(
  "shows the latents of new rows that a service encodes, and what is wrong with one",
  { kind: "topk", k: 6 },
  async ({ folder, active, open }, t) => {
    await using files = serveFolder(folder);
    const settings = { SAE_URL: `${files.address}/out/sae.safetensors`, ALLOW_ORIGIN: "*" };
    const page = await open();
    await openView(page);
    await page.setInputFiles("#live-file", `${folder}/text.safetensors`);
    const says = async (address: string, message: string | RegExp) => {
      await ask(page, address);
      await page.getByRole("alert").getByText(message).waitFor();
      assertEquals(await page.locator(".gloss li").count(), 0);
    };

    await t.step("in requests as small as it asks for", async () => {
      await using edge = serveEdge({ ...settings, MAX_ROWS: "30" });
      await ask(page, edge.address);
      await sees(page, `${ROWS} tokens of text.safetensors, encoded by 127.0.0.1:`);
      await assertShown(page, active);
    });

    await t.step("of the first latents alone", async () => {
      await using edge = serveEdge({ ...settings, PREFIX: "12" });
      await ask(page, edge.address);
      await sees(page, "with the first 12 of 24 latents:");
      const shown = (await shownLatents(page)).flat().map(({ latent }) => latent);
      assertEquals(Math.max(...shown), 11);
    });

    await t.step("a busy one is asked again", async () => {
      let refused = 0;
      await using edge = serveEdge(settings, ({ method }) => {
        if (method !== "POST" || refused++ > 0) return undefined;
        const headers = { "access-control-allow-origin": "*" };
        return Response.json({ error: "busy" }, { status: 503, headers });
      });
      await ask(page, edge.address);
      await sees(page, `${ROWS} tokens of text.safetensors`);
      assertEquals(refused, 2);
    });

    await t.step("not of another autoencoder", async () => {
      const relu = saveSae(someSae({ kind: "relu" }), "native");
      await Deno.writeFile(`${folder}/relu.safetensors`, relu["sae.safetensors"]);
      const SAE_URL = `${files.address}/relu.safetensors`;
      await using edge = serveEdge({ ...settings, SAE_URL });
      await says(edge.address, /another autoencoder, whose activation is relu but .* topk$/);
      const headers = { "access-control-allow-origin": "*" };
      const facts = { inputSize: 20, latentCount: 24, activation: { kind: "topk", k: 6 } };
      const more = { maxRows: 9, maxBytes: 9999, fingerprint: "00ff" };
      await using other = listen(() => Response.json({ ...facts, ...more }, { headers }));
      await says(other.address, /another autoencoder, whose fingerprint is 00ff but/);
      await using page2 = listen(() => new Response("<b>hello</b>", { headers }));
      await says(page2.address, /it must be an encoding service but says "<b>hello<\/b>"$/);
    });

    await t.step("not without an answer, or with half of one", async () => {
      await using closed = serveEdge({ ...settings, ALLOW_ORIGIN: "" });
      await says(closed.address, /it does not answer, breaks off, or permits no pages/);
      await says("localhost:9", /must begin with http:\/\/ or https:\/\/ but is "localhost:9"/);
      const headers = { "access-control-allow-origin": "*" };
      await using half = serveEdge(settings, ({ method }) => {
        return method === "POST" ? new Response("SAEcodes\0\0", { headers }) : undefined;
      });
      await says(half.address, /at least 20 bytes are needed but 10 came$/);
      await using missing = serveEdge({ ...settings, SAE_URL: `${files.address}/none` });
      await says(missing.address, /it answers 502, The autoencoder could not be loaded$/);
    });

    await t.step("not for longer than half a minute, nor than the reader wants", async () => {
      const { promise: forever, resolve } = Promise.withResolvers<Response>();
      await using silent = listen(() => forever);
      await ask(page, silent.address);
      await page.getByRole("button", { name: "Stop" }).click();
      await sees(page, "Stopped.");
      await page.clock.install();
      await ask(page, silent.address);
      await page.getByRole("button", { name: "Stop" }).waitFor();
      await page.clock.fastForward(31_000);
      await page.getByRole("alert").getByText(/has not answered within 30 seconds$/).waitFor();
      resolve(new Response());
    });
  },
  // The browser's own words about each refusal.
  /^Failed to load resource|^Access to fetch at/,
);
