import type { Section } from "./figure.ts";
import { html, type Markup, markup } from "./html.ts";
import { STYLE } from "./style.ts";

/** The content of a page. */
export interface Page {
  readonly title: string;
  readonly header: readonly Markup[];
  readonly sections: readonly Section[];
  readonly footer: string;
  /** The script of the page, if it has one. */
  readonly script?: string;
}

/**
 * Writes a whole HTML document. Whatever the values hold, its security policy forbids loading and running anything
 * but the style sheet and the script in the page, which it allows by their hashes.
 */
export async function pageHtml(page: Page): Promise<string> {
  const { title, header, sections, footer, script } = page;
  const scriptPolicy = script === undefined ? "" : ` script-src '${await hashOf(script)}';`;
  const policy = `default-src 'none'; style-src '${await hashOf(STYLE)}';${scriptPolicy}` +
    " base-uri 'none'; form-action 'none'";
  return html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="referrer" content="no-referrer">
        <title>${title}</title>
        <style>${markup(STYLE)}</style>
      </head>
      <body>
        <header>
    <h1>${title}</h1>
    ${header}
        </header>
        <main>
    ${sections.map(sectionHtml)}
        </main>
        <footer>
          <p>${footer}</p>
        </footer>
        ${script && html`<script>${markup(script)}</script>`}
      </body>
    </html>
  `.text.trim() + "\n";
}

/** Returns the hash of a text as a security policy names it. */
async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`;
}

function sectionHtml({ title, content }: Section, index: number): Markup {
  const id = `section-${index + 1}`;
  return html`
    <section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${content}
    </section>
  `;
}
