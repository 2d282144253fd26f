/** The HTML around the body of a page: navigation and search. */

import { escapeHtml } from "./markdown.ts";
import { API, GROUPS } from "./pages.ts";

/** The page of README. Its title is the name of the package. */
const HOME = "index.html";

/** What a page shows. */
export interface Contents {
  /** The HTML file. */
  readonly file: string;
  readonly title: string;
  readonly html: string;
  /** The titles of all pages by their files. */
  readonly titles: ReadonlyMap<string, string>;
}

function item(file: string, title: string, current: string): string {
  const here = file === current ? ' aria-current="page"' : "";
  return `<li><a href="${file}"${here}>${escapeHtml(title)}</a></li>`;
}

function navigation(titles: ReadonlyMap<string, string>, current: string): string {
  const groups = GROUPS.map(({ heading, pages }) => {
    const items = pages.map(({ file }) =>
      item(file, file === HOME ? "Overview" : titles.get(file)!, current)
    );
    if (heading === "Background") items.push(item(API, "API", current));
    return `<h2>${heading}</h2>\n<ul>\n${items.join("\n")}\n</ul>`;
  });
  return groups.join("\n");
}

/** Returns the HTML of a page. */
export function pageHtml({ file, title, html, titles }: Contents): string {
  const name = titles.get(HOME)!;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title === name ? title : `${title} – ${name}`)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css">
<script src="search_index.js" defer></script>
<script src="search.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header>
<a class="name" href="${HOME}">${escapeHtml(name)}</a>
<form role="search" hidden>
<label for="query">Search</label>
<input id="query" type="search" autocomplete="off" aria-controls="results">
</form>
</header>
<section id="found" aria-label="Search results" hidden>
<p id="count" role="status"></p>
<ol id="results"></ol>
</section>
<div class="columns">
<nav aria-label="Pages">
<details open>
<summary>Pages</summary>
${navigation(titles, file)}
</details>
</nav>
<main id="content" tabindex="-1">
${html}
</main>
</div>
</body>
</html>
`;
}
