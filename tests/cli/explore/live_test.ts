/** New rows in the explorer's page, encoded in Chromium: from disk and from a server. */
import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { type Activation, encodeSafetensors, saveSae } from "../../../mod.ts";
import { accessibilityComplaints } from "../../accessibility.ts";
import { someSae } from "../sae_samples.ts";
import { writeRows } from "./explorers.ts";
import { ROWS, TOKENS } from "./live_folder.ts";
import { encodeBase64 } from "../../examples/browser_page.ts";
import { assertShown, liveTest, openView, sees } from "./live_page.ts";
import { serveFolder } from "./live_servers.ts";

/** Selects among all rows that are shown, so that they may not be encoded in batches. */
const ACTIVATION: Activation = { kind: "batchtopk", k: 6 };

liveTest("shows the latents of new rows, from disk", ACTIVATION, async (given, t) => {
  const { folder, active, requests, open } = given;
  const page = await open();
  const choose = async (id: string, name: string) =>
    await page.setInputFiles(`#live-${id}`, `${folder}/${name}`);

  await t.step("its encoder is loaded when the view is opened", async () => {
    const loaded = () => requests.filter((url) => url.endsWith("/live.js")).length;
    assertEquals(loaded(), 0);
    await openView(page);
    assertEquals(loaded(), 1);
    assertLess((await Deno.stat(`${folder}/out/live.js`)).size, 1e6);
    await choose("file", "text.safetensors");
    await sees(page, "Choose sae.safetensors of this folder as well");
    await page.getByRole("button", { name: "Encode", exact: true }).click();
    await sees(page, "Cannot encode: sae.safetensors of this folder is not chosen");
  });

  await t.step("each token has its strongest latents, as the library encodes them", async () => {
    await choose("sae", "out/sae.safetensors");
    await sees(page, `${ROWS} tokens of text.safetensors, encoded in this page (WASM, SIMD): `);
    await sees(page, "not in the explorer’s vocabulary: 1.");
    await assertShown(page, active);
    const texts = await page.locator(".gloss .word").allTextContents();
    assertEquals(texts.slice(0, 5), [
      "<img src=x onerror=alert(1)>",
      " the",
      "\\u202eevil",
      " river",
      "␊",
    ]);
    assertEquals([texts[5].length, texts[ROWS - 1]], [200, "#99"]);
    assertEquals(await page.locator(".gloss bdi *").count(), 0);
  });

  await t.step("a chosen latent colours the text, and its card is shown", async () => {
    const { latent } = active[0][0];
    await page.locator(".gloss a").first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: `Latent ${latent}`, exact: true }).waitFor();
    assertMatch(page.url(), new RegExp(`#/latent/${latent}\\?view=live$`));
    const values = active.map((row) => row.find((each) => each.latent === latent)?.value ?? null);
    const shown = await page.locator(".gloss .word").evaluateAll((words: HTMLElement[]) =>
      words.map(({ dataset: { value } }) => value === undefined ? null : Number(value))
    );
    assertEquals(shown, values);
    const { length } = values.filter((value) => value !== null);
    await sees(page, `Latent ${latent} is active on ${length} of ${ROWS}, up to`);
  });

  await t.step("arrows move among tokens and latents, and tell activations", async () => {
    const value = () => page.locator("#value").textContent();
    const focused = () => page.locator(":focus").textContent();
    assertEquals(await focused(), String(active[0][0].latent));
    await page.keyboard.press("ArrowDown");
    assertEquals(await focused(), String(active[0][1].latent));
    assertEquals(await value(), `activation ${Number(active[0][1].value.toPrecision(3))}`);
    await page.getByRole("link", { name: "Colour by the strongest" }).click();
    await page.locator("#title").waitFor({ state: "detached" });
    await page.locator('.gloss [tabindex="0"]').focus();
    assertEquals(await page.locator('.gloss [tabindex="0"]').count(), 1);
    for (const key of ["ArrowRight", "ArrowUp", "ArrowUp"]) await page.keyboard.press(key);
    assertEquals(await focused(), " the");
    assertEquals(await value(), `activation ${Number(active[1][0].value.toPrecision(3))}`);
  });

  await t.step("is accessible, in light and dark, and fits 390 pixels", async () => {
    await page.keyboard.press("Escape");
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      const over = await page.evaluate(() =>
        document.documentElement.scrollWidth - document.documentElement.clientWidth
      );
      assertEquals(over, 0, `${width}`);
    }
    // On a phone, text and card follow one another.
    await page.locator(".gloss a").first().click();
    await page.locator("#title").waitFor();
    assert(await page.locator(".gloss a").first().isVisible());
    await page.keyboard.press("Escape");
    assertEquals(await accessibilityComplaints(page), []);
    await page.emulateMedia({ colorScheme: "dark" });
    assertEquals(await accessibilityComplaints(page, ["color-contrast"]), [], "dark");
  });

  await t.step("says what is wrong with a file", async () => {
    const text = await Deno.readFile(`${folder}/text.safetensors`);
    const { parameters } = someSae(ACTIVATION);
    parameters.encoder[0] += 1;
    const other = saveSae(someSae(ACTIVATION, { parameters }), "native");
    const relu = saveSae(someSae({ kind: "relu" }), "native");
    const rows = new Float32Array(40).fill(1);
    const files: Record<string, Uint8Array> = {
      "cut.safetensors": text.subarray(0, text.length - 3),
      "head.safetensors": text.subarray(0, 20),
      "wide.safetensors": encodeSafetensors({ activations: { shape: [1, 40], data: rows } }),
      "nan.safetensors": encodeSafetensors({
        activations: { shape: [2, 20], data: rows.with(21, NaN) },
      }),
      "notes.npy": new TextEncoder().encode("<b>no activations</b>"),
      "empty.npy": new Uint8Array(),
      "other.safetensors": other["sae.safetensors"],
      "relu.safetensors": relu["sae.safetensors"],
    };
    for (const [name, bytes] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/${name}`, bytes);
    }
    await writeRows(`${folder}/few.safetensors`, ROWS, TOKENS.slice(1));
    const alert = page.locator("#live").getByRole("alert");
    for (
      const [id, name, message] of [
        ["file", "cut.safetensors", /^Cannot read .*cut\.safetensors.*6021 bytes/],
        ["file", "head.safetensors", /^Cannot read .*head\.safetensors/],
        [
          "file",
          "wide.safetensors",
          /^Cannot encode wide.safetensors: the autoencoder takes rows of 20 values but these have 40$/,
        ],
        ["file", "nan.safetensors", /nan\.safetensors: row 1 must be finite but holds NaN/],
        ["file", "notes.npy", /^Cannot read .*notes\.npy/],
        ["file", "empty.npy", /^Cannot read .*empty\.npy/],
        ["file", "few.safetensors", /has 70 rows but 69 tokens$/],
        ["file", "text.safetensors", /^$/],
        ["sae", "other.safetensors", /another autoencoder, whose fingerprint is/],
        [
          "sae",
          "relu.safetensors",
          /another autoencoder, whose activation is relu but .* batchtopk$/,
        ],
        ["sae", "text.safetensors", /^Cannot /],
        ["sae", "out/sae.safetensors", /^$/],
      ] as const
    ) {
      await choose(id, name);
      if (message.source === "^$") {
        await sees(page, `${ROWS} tokens of text.safetensors`);
        await assertShown(page, active);
      } else {
        await alert.filter({ hasText: message }).waitFor({ timeout: 5000 }).catch(async () => {
          assertMatch(await alert.textContent() ?? "", message, name);
        });
        assertEquals(await page.locator(".gloss li").count(), 0, name);
      }
    }
  });

  await t.step("a long file is shown in parts", async () => {
    await writeRows(`${folder}/long.safetensors`, 2100, undefined, [210, 10, 20]);
    await choose("file", "long.safetensors");
    await sees(page, "Rows 0 to 1,023 of 2,100 of long.safetensors");
    assertEquals(await page.locator(".gloss li").count(), 1024);
    assertEquals(await page.locator(".gloss ol").count(), 103);
    await page.getByRole("button", { name: "Later rows" }).press("Enter");
    await sees(page, "Rows 1,024 to 2,047 of 2,100");
    assertEquals(await page.locator(":focus").textContent(), "Later rows");
    await page.keyboard.press("Enter");
    await sees(page, "Rows 2,048 to 2,099 of 2,100");
    assertEquals(await page.locator(".gloss .word").first().textContent(), "2,048");
    assert(await page.getByRole("button", { name: "Later rows" }).isDisabled());
  });

  await t.step("fetches its autoencoder from its folder where there is a server", async () => {
    await using server = serveFolder(`${folder}/out`);
    const served = await open({ address: `${server.address}/index.html` });
    await openView(served);
    const fetched = () => requests.filter((url) => url.endsWith("/sae.safetensors")).length;
    assertEquals(fetched(), 0);
    // Dropped, where the steps above choose.
    const drop = async (name: string) => {
      const file = { name, base64: encodeBase64(await Deno.readFile(`${folder}/${name}`)) };
      const dataTransfer = await served.evaluateHandle(({ name, base64 }) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], name));
        return transfer;
      }, file);
      await served.dispatchEvent("#live", "drop", { dataTransfer });
    };
    await drop("text.safetensors");
    await sees(served, `${ROWS} tokens of text.safetensors`);
    await assertShown(served, active);
    assert(server.requested.includes("/sae.safetensors"));

    await Deno.remove(`${folder}/out/sae.safetensors`);
    await served.reload();
    await served.setInputFiles("#live-file", `${folder}/text.safetensors`);
    await served.getByRole("alert").getByText(/sae\.safetensors.*404/).waitFor();
    await drop("given.safetensors");
    await sees(served, `${ROWS} tokens of text.safetensors`);
  });
}, /404/);
