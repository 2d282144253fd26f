/** The browser example in Chromium: what it shows, by keyboard, with a screen reader, and offline. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { CHROMIUM } from "../chromium.ts";
import { named, whyMissing } from "../missing.ts";
import {
  accessibilityComplaints,
  serveExample,
  startChromium,
  stepOf,
  waitForStep,
} from "./browser_page.ts";

/** Milliseconds from opening the page until the difference must show; about 3000 on two cores. */
const SHOWS_WITHIN = 10_000;
/** How many attempts it gets, because other tests may keep the machine busy. */
const OPENINGS = 3;

/** Playwright keeps its connection to the browser for a moment after closing it. */
const options = {
  ...named("the browser example", whyMissing(CHROMIUM, "chromium")),
  sanitizeOps: false,
  sanitizeResources: false,
};

async function waitForDifference(page: Page): Promise<void> {
  await page.getByText("This showed after").waitFor();
}

async function text(page: Page, selector: string): Promise<string> {
  return await page.locator(selector).innerText();
}

async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => document.activeElement!.textContent!);
}

Deno.test(options, async (t) => {
  await using served = await serveExample();
  await using browser = await startChromium({ webgpu: true });

  await t.step("shows on WASM within ten seconds that vanilla absorbs parents", async () => {
    let fastest = Infinity;
    for (let opening = 0; opening < OPENINGS && fastest > SHOWS_WITHIN; opening++) {
      const start = performance.now();
      const page = await browser.open(served.address);
      await waitForDifference(page);
      const took = performance.now() - start;
      console.log(`shown ${Math.round(took)} ms after opening: ${await text(page, "#detail")}`);
      fastest = Math.min(fastest, took);
      const [vanilla, matryoshka] = [...(await text(page, "#headline")).matchAll(/(\d+)\s%/g)]
        .map(([, share]) => Number(share));
      assert(vanilla >= 50 && matryoshka <= 50, `${vanilla} %, ${matryoshka} %`);
      assertMatch(await text(page, "#progress-text"), /WASM \(.+\), training/);
      await page.context().close();
    }
    assert(fastest <= SHOWS_WITHIN, `${fastest} ms`);
  });

  await t.step("starts, pauses and resets by keyboard", async () => {
    const page = await browser.open(served.address);
    await waitForStep(page, 0);
    await page.keyboard.press("Tab");
    assertEquals(await focused(page), "Skip to the controls");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    assertEquals(await focused(page), "Pause");
    await page.keyboard.press("Enter");
    assertEquals(await focused(page), "Start");
    await page.waitForTimeout(500); // the worker may be in the middle of a slice
    const paused = await stepOf(page);
    await page.waitForTimeout(500);
    assertEquals(await stepOf(page), paused);
    await page.keyboard.press("Space");
    await waitForStep(page, paused);
    await page.keyboard.press("Tab");
    assertEquals(await focused(page), "Reset");
    await page.keyboard.press("Enter");
    await page.getByText("Press Start").waitFor();
    assertEquals(await stepOf(page), 0);
    assertEquals(await text(page, "#announcements"), "Reset to step 0");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await waitForStep(page, 0);
    await page.context().close();
  });

  await t.step(
    "is accessible: roles, names and values, and axe finds no problem",
    async () => {
      const page = await browser.open(served.address, { reducedMotion: "reduce" });
      await waitForDifference(page);
      const tree = await page.locator("body").ariaSnapshot();
      for (
        const line of [
          'heading "Vanilla and Matryoshka sparse autoencoders, side by side" [level=1]',
          'button "Pause"',
          'button "Reset"',
          'group "Backend"',
          'radio "WASM" [checked]',
          'radio "WebGPU" [disabled]',
          'progressbar "Training steps"',
          'table "Cosine of each feature with each vanilla latent"',
          'rowheader "child A1"',
          'img "Loss. At step ',
          'img "FVU per prefix, Matryoshka. At step ',
          'img "L0 per prefix, vanilla. At step ',
        ]
      ) assertStringIncludes(tree, line);
      assertMatch(
        tree,
        /status: When a child is present, the vanilla SAE misses its parent in \d+/,
      );
      await page.getByRole("button", { name: "Pause" }).press("Enter");
      await page.getByText("Values of “Loss” as a table").press("Enter");
      await page.getByRole("columnheader", { name: "Matryoshka" }).last().waitFor();
      assertEquals(await accessibilityComplaints(page), []);
      await page.emulateMedia({ colorScheme: "dark" });
      assertEquals(await accessibilityComplaints(page, ["color-contrast"]), []);
      await page.context().close();
    },
  );

  await t.step(
    "fits a narrow screen, and says why it does not offer a software adapter",
    async () => {
      const page = await browser.open(served.address, { viewport: { width: 320, height: 640 } });
      await waitForStep(page, 0);
      assertEquals(await page.evaluate(() => document.documentElement.scrollWidth), 320);
      await page.getByText("No WebGPU: only a software adapter (swiftshader)").waitFor();
      assert(await page.getByRole("radio", { name: "WebGPU" }).isDisabled());
      await page.context().close();
    },
  );

  await t.step("trains on WebGPU, and offers WASM when the device is lost", async () => {
    const page = await browser.open(`${served.address}?software=allow`);
    await page.getByText("WebGPU: only a software adapter").waitFor();
    await page.getByRole("radio", { name: "WASM" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.getByText(/WebGPU \(.+\), training/).waitFor();
    await waitForStep(page, 0);
    const worker = page.workers()[0];
    await worker.evaluate(() => {
      const { prototype } = GPUDevice;
      const encode = prototype.createCommandEncoder;
      prototype.createCommandEncoder = function (...args) {
        this.destroy();
        return encode.apply(this, args);
      };
    });
    const alert = page.getByRole("alert");
    await alert.getByText(/Training on WebGPU has stopped\. .*was lost/).waitFor();
    await alert.getByRole("button", { name: "Train on WASM instead" }).press("Enter");
    await alert.waitFor({ state: "hidden" });
    assertEquals(await focused(page), "Pause");
    await page.getByText(/WASM \(.+\), training/).waitFor();
    await waitForStep(page, 0);
    await page.context().close();
  });

  await t.step("makes no requests to other servers, and logs no errors", () => {
    const elsewhere = browser.requests.filter((url) =>
      !url.startsWith(served.address) && !/^(?:blob|data):/.test(url)
    );
    assertEquals(elsewhere, []);
    assertEquals(browser.complaints, []);
  });

  await t.step("opens from its folder, in a browser without WebGPU", async () => {
    await using plain = await startChromium({ webgpu: false });
    const page = await plain.open(`file://${served.folder}/index.html`);
    await page.getByText(/No WebGPU: /).waitFor();
    await waitForStep(page, 0);
    assertEquals(plain.requests.filter((url) => !/^(?:file|blob|data):/.test(url)), []);
    assertEquals(plain.complaints, []);
  });
});
