/** The explorer's page by keyboard, on wide windows and phones. */
import { assert } from "@std/assert";
import { inExplorer, pageTest } from "./page_tests.ts";
import { focused, press, texts, until } from "./until.ts";

pageTest("is used by keyboard", () =>
  inExplorer(512, async (open) => {
    const page = await open("#/");
    const search = () => page.inputValue("#search");
    const focus = () => focused(page);
    const title = () => texts(page, "#title");
    await press(page, ["/", () => page.evaluate(() => document.activeElement?.id), "search"]);
    await page.keyboard.type("the");
    await until(
      () => texts(page, "#found").then(([text]) => text.endsWith(" of 512 latents")),
      true,
    );
    await press(page, ["Escape", search, ""]);
    await until(() => texts(page, "#found"), ["512 latents"]);
    // Rows that come and go while the list scrolls leave the keyboard where it is.
    await page.locator('#canvas a[tabindex="0"]').focus();
    await press(page, ["ArrowDown", focus, "1"], ["ArrowDown", focus, "2"]);
    await press(page, ["Enter", title, ["Latent 2"]], ["End", focus, "511"], ["Home", focus, "0"]);
    await page.locator("#rows").evaluate((rows) => rows.scrollTop = 300 * 40);
    await page.locator('#canvas [data-latent="300"]').waitFor();
    await press(page, ["ArrowDown", focus, "1"], ["End", focus, "511"]);
    await until(() => page.locator('#canvas [data-latent="511"]').isVisible(), true);

    // Focus scrolls the last mark into sight, and its value stays beside it.
    const value = async () => [await texts(page, "#value"), await page.isVisible("#value")];
    await page.locator("mark.peak").last().focus();
    await until(value, [["activation 2.88"], true]);
    await page.locator("mark.peak").first().focus();
    await until(value, [["activation 4.8"], true]);
    await press(page, ["ArrowRight", value, [["activation 1.2"], true]]);
    await press(page, ["Escape", value, [["activation 1.2"], false]]);

    await page.goto(page.url().replace(/#.*/, "#/tree"));
    await page.locator("#tree a").first().focus();
    const within = () => page.locator("#tree li li").count();
    const latent = () =>
      page.evaluate(() => (document.activeElement as HTMLElement).dataset.latent);
    await press(page, ["ArrowRight", within, 4], ["ArrowRight", latent, "4"]);
    await press(page, ["ArrowLeft", latent, "0"], ["ArrowLeft", within, 0]);
  }));

pageTest(
  "moves the focus of a phone into the card and back to the row",
  () =>
    inExplorer(512, async (open) => {
      const page = await open("#/", 390);
      const focus = () => focused(page);
      const row = page.locator('#canvas [data-latent="60"]');
      await page.locator("#rows").evaluate((rows) => rows.scrollTop = 55 * 40);
      for (const back of ["link", "history"]) {
        await row.click();
        await until(focus, "Latent 60");
        if (back === "history") await page.goBack();
        else await page.getByRole("link", { name: "All latents" }).click();
        await until(focus, "60");
        await until(() => page.isVisible("#title"), false);
        assert(await row.isVisible());
      }
      // An address that was opened by itself leads back to its place in the list, too.
      const other = await open("#/latent/400", 390);
      await press(other, ["/", () => other.evaluate(() => document.activeElement?.id), "search"]);
      await other.goBack();
      await until(() => other.isVisible("#title"), true);
      await other.getByRole("link", { name: "All latents" }).click();
      await until(() => focused(other), "400");
      await until(() => texts(other, '#canvas [data-latent="401"]'), ["401"]);
    }),
);
