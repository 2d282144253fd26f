/** Waits for what a page shows: it answers keys and clicks when its data has come and its frame is drawn. */
import { assertEquals } from "@std/assert";
import type { Page } from "playwright-core";

/** How long a page may take on a busy machine, and the pause between two looks, in milliseconds. */
const PATIENCE = 20_000, PAUSE = 25;

/** Looks again and again until it sees what is expected; fails with what it saw last. */
export async function until<T>(look: () => T | Promise<T>, expected: T): Promise<void> {
  for (const end = Date.now() + PATIENCE;;) {
    const seen = await look();
    if (JSON.stringify(seen) === JSON.stringify(expected)) return;
    if (Date.now() > end) return assertEquals(seen, expected);
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}

/** Returns the texts of the elements that a selector finds now. */
export const texts = (page: Page, selector: string): Promise<string[]> =>
  page.evaluate(
    (selector) => [...document.querySelectorAll(selector)].map((found) => found.textContent ?? ""),
    selector,
  );

/** Returns the text of the element that has the focus, "" if none has. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const { activeElement, body } = document;
    return activeElement === body ? "" : activeElement?.textContent ?? "";
  });

/** Presses keys one after the other, each once the page shows that it has done what the one before asks for. */
export async function press(
  page: Page,
  ...steps: [key: string, seen: () => unknown, expected: unknown][]
) {
  for (const [key, look, expected] of steps) {
    await page.keyboard.press(key);
    await until(look, expected);
  }
}
