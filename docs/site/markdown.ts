/** Turns Markdown into the HTML of a page's body. */

import { Marked, type Tokens } from "marked";

/** A page's body and what the rest of the build needs to know of it. */
export interface Rendered {
  /** The text of the first heading. */
  readonly title: string;
  readonly html: string;
}

/** Returns the anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").trim().replaceAll(" ", "-");
}

/** Escapes text for HTML, attributes included. */
export function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** Returns the text of HTML. */
export function textOf(html: string): string {
  return html.replaceAll(/<!--[^]*?-->|<[^>]+>/g, "")
    .replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'").replaceAll("&#x2F;", "/").replaceAll("&amp;", "&");
}

/**
 * Renders a Markdown file.
 *
 * @param markdown its text
 * @param addressOf returns where a link or an image of the file leads in the site
 */
export function render(markdown: string, addressOf: (link: string) => string): Rendered {
  const anchors = new Map<string, number>();
  let title: string | undefined;

  /** GitHub numbers headings that have the same text. */
  function uniqueAnchor(heading: string): string {
    const anchor = anchorOf(heading);
    const earlier = anchors.get(anchor) ?? 0;
    anchors.set(anchor, earlier + 1);
    return earlier === 0 ? anchor : `${anchor}-${earlier}`;
  }

  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading): string {
        const html = this.parser.parseInline(tokens);
        const text = textOf(html);
        title ??= text;
        const anchor = uniqueAnchor(text);
        const link = `<a class="anchor" href="#${anchor}" aria-label="Link to “${
          escapeHtml(text)
        }”">#</a>`;
        return `<h${depth} id="${anchor}">${html}${depth === 1 ? "" : ` ${link}`}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        return `<a href="${escapeHtml(addressOf(href))}">${this.parser.parseInline(tokens)}</a>`;
      },
      image({ href, text }: Tokens.Image): string {
        return `<img src="${escapeHtml(addressOf(href))}" alt="${escapeHtml(text)}">`;
      },
      // Wide code and tables scroll by themselves, also by keyboard.
      code({ text }: Tokens.Code): string {
        return `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>\n`;
      },
    },
  });
  const html = marked.parse(markdown, { async: false })
    .replaceAll("<table>", '<div class="wide" tabindex="0"><table>')
    .replaceAll("</table>", "</table></div>");
  if (title === undefined) throw new Error("Cannot render the page: it has no heading");
  return { title, html };
}
