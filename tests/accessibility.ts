/** The rules of axe-core, for all tests that open pages. */

import axe from "axe-core";
import type { Page } from "playwright-core";

type Rules = { readonly run: typeof axe.run };

/** Lists the accessibility problems that axe-core finds in a page, by all its rules or by some. */
export async function accessibilityComplaints(page: Page, rules?: string[]): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async (rules?: string[]) => {
    const { axe } = globalThis as typeof globalThis & { axe: Rules };
    const { violations } = await axe.run(document, {
      // A page from a file may not fetch its style sheet, which axe would otherwise do once more.
      preload: false,
      ...(rules && { runOnly: rules }),
    });
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes[0].html}`);
  }, rules);
}
