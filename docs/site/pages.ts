/** The pages of the site, in the order of its navigation. */

/** A page that is made of a Markdown file. */
export interface Page {
  /** The path of the Markdown file, from the root of the repository. */
  readonly source: string;
  /** The name of the HTML file in the site. */
  readonly file: string;
}

/** Pages under one heading of the navigation. */
export interface Group {
  readonly heading: string;
  readonly pages: readonly Page[];
}

function guides(...names: string[]): Page[] {
  return names.map((name) => ({ source: `docs/${name}.md`, file: `${name}.html` }));
}

function examples(...names: string[]): Page[] {
  return names.map((name) => ({
    source: `examples/${name}/README.md`,
    file: `example-${name}.html`,
  }));
}

/** The groups. A guide in `docs/` that is in none of them is an error of the build. */
export const GROUPS: readonly Group[] = [
  { heading: "Start", pages: [{ source: "README.md", file: "index.html" }] },
  {
    heading: "Train",
    pages: guides(
      "bring-your-activations",
      "recipes",
      "many-autoencoders",
      "stop-and-resume",
      "which-backend",
      "more-than-one-machine",
    ),
  },
  {
    heading: "Use",
    pages: guides(
      "run-a-trained-sae",
      "explore",
      "move-saes-between-libraries",
      "in-a-web-page",
      "run-at-the-edge",
    ),
  },
  { heading: "Examples", pages: examples("browser", "page", "edge") },
  { heading: "Background", pages: guides("mathematics", "benchmarks", "gpu", "runtimes") },
  {
    heading: "Contribute",
    pages: [
      { source: "CONTRIBUTING.md", file: "contributing.html" },
      ...guides("architecture", "releasing"),
      { source: "CHANGELOG.md", file: "changelog.html" },
      { source: "SECURITY.md", file: "security.html" },
    ],
  },
];

/** All pages. */
export const PAGES: readonly Page[] = GROUPS.flatMap(({ pages }) => pages);

/** Where the API's pages are, from the folder of the site. */
export const API = "api/index.html";
