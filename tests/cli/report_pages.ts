/** Reports as tests read them. */
import { assert, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { parseHtml } from "../../cli/report/document.ts";

/** The largest report, in characters. */
const LIMIT = 1_000_000;

/** Reads the report in a folder. */
async function pageOf(folder: string) {
  const text = await Deno.readTextFile(`${folder}/report.html`);
  return { text, document: parseHtml(text) };
}

/** Returns the table under the summary with this title, as text. */
export function tableOf(document: Document, title: string): string[][] {
  const details = [...document.querySelectorAll("details")]
    .find((each) => each.querySelector("summary")?.textContent === `Table: ${title}`);
  assert(details, `no table of ${title}`);
  return [...details.querySelectorAll("tr")].map((row) =>
    [...row.querySelectorAll("th, td")].map((cell) => cell.textContent!.trim())
  );
}

/** Checks what a page must be, whatever it reports on, and returns it. */
export async function checkPage(folder: string): Promise<Document> {
  const { text, document } = await pageOf(folder);
  assert(text.startsWith("<!doctype html>") && text.endsWith("</html>\n"));
  assertLess(text.length, LIMIT);
  assertEquals(document.querySelectorAll("script, link, img, iframe, object, embed").length, 0);
  assertEquals(document.querySelectorAll("[style], [src], [href], [onload], [onerror]").length, 0);
  // The charts' namespace is a name and loads nothing; no other address may be in the page.
  assertEquals(/https?:\/\//.test(text.replaceAll("http://www.w3.org/2000/svg", "")), false);
  const policy = document.querySelector("meta[http-equiv=Content-Security-Policy]")!
    .getAttribute("content")!;
  const style = document.querySelectorAll("style");
  assertEquals(style.length, 1);
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(text.match(/<style>([^]*?)<\/style>/)![1]),
  );
  const hash = new Uint8Array(digest).toBase64();
  assertStringIncludes(policy, `default-src 'none'; style-src 'sha256-${hash}'`);
  const figures = [...document.querySelectorAll("figure")];
  assert(figures.length > 5);
  for (const each of figures) {
    assert(each.querySelector("svg") && each.querySelector("figcaption")!.textContent);
    assert(each.querySelector("[role=img]")!.getAttribute("aria-label"));
  }
  assertEquals(document.querySelectorAll("h1").length, 1);
  return document;
}
