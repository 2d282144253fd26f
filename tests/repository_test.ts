/** The files around the code: workflows, templates, citation, and the links and commands of the pages. */

import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import config from "../deno.json" with { type: "json" };
import { anchorOf } from "../docs/site/markdown.ts";

const ROOT = new URL("../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

/** The files below a folder of the repository, by their paths from the root. */
function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(`${folder}${name}/`) : [folder + name]
  ).sort();
}

const GITHUB = filesIn(".github/");
const YAML = [...GITHUB.filter((path) => path.endsWith(".yml")), "CITATION.cff"];
const WORKFLOWS = GITHUB.filter((path) => path.startsWith(".github/workflows/"));
const EXAMPLES = ["browser", "edge", "page"].map((name) => `examples/${name}/README.md`);
const PAGES = [
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"],
  ...EXAMPLES,
  ...filesIn("docs/").filter((path) => path.endsWith(".md")),
];

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly uses?: string;
  readonly steps?: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly needs?: string | readonly string[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

async function jobsOf(path: string): Promise<[string, Job][]> {
  const { jobs }: Workflow = parse(await read(path));
  return Object.entries(jobs).map(([name, job]) => [`${path}: ${name}`, job]);
}

Deno.test("every YAML and CFF file parses to a mapping", async () => {
  assert(YAML.length >= 5, YAML.join());
  for (const path of YAML) {
    const value: unknown = parse(await read(path), { strict: true, uniqueKeys: true });
    assert(typeof value === "object" && value !== null && !Array.isArray(value), path);
  }
});

Deno.test("workflows and pages name only tasks of deno.json", async () => {
  const tasks = new Set(Object.keys(config.tasks));
  const unknown: string[] = [];
  let count = 0;
  for (const path of [...GITHUB, ...PAGES, ".ci/run"]) {
    for (const [, task] of (await read(path)).matchAll(/\bdeno(?:@\S+)?\s+task\s+([a-z][\w:]*)/g)) {
      count++;
      if (!tasks.has(task)) unknown.push(`${path}: deno task ${task}`);
    }
  }
  assertEquals(unknown, []);
  assert(count >= 40, `${count}`);
});

Deno.test("workflows and pages name one version of Deno", async () => {
  const versions = new Set<string>();
  for (const path of [...GITHUB, ...PAGES, ".ci/run"]) {
    const text = await read(path);
    for (const [, version] of text.matchAll(/(?:deno@|deno-version: v)(\d+\.\d+\.\d+)/g)) {
      versions.add(version);
    }
  }
  assertEquals(versions.size, 1, [...versions].join());
});

Deno.test("workflows may read by default, and only what publishes gets an identity", async () => {
  for (const path of WORKFLOWS) {
    const { permissions }: Workflow = parse(await read(path));
    assertEquals(permissions, { contents: "read" }, path);
    for (const [name, { steps = [], permissions = {} }] of await jobsOf(path)) {
      const publishes = steps.some(({ run }) => /\b(deno|npm) publish\b/.test(run ?? ""));
      const allowed: Record<string, string> = publishes
        ? { contents: "read", "id-token": "write" }
        : {};
      assertEquals(permissions, allowed, name);
    }
  }
});

Deno.test("actions are pinned to a major version", async () => {
  let count = 0;
  for (const path of WORKFLOWS) {
    for (const [name, job] of await jobsOf(path)) {
      for (const { uses } of [job, ...job.steps ?? []]) {
        if (uses === undefined) continue;
        count++;
        if (uses.startsWith("./")) await Deno.stat(new URL(uses, ROOT));
        else assert(/^[\w-]+\/[\w-]+@v\d+$/.test(uses), `${name}: ${uses}`);
      }
    }
  }
  assert(count >= 8, `${count}`);
});

Deno.test("a release waits for the gate, and the gate is .ci/run", async () => {
  const gate: Workflow = parse(await read(".github/workflows/gate.yml"));
  assert(gate.jobs.linux.steps!.some(({ run }) => run === ".ci/run"));
  const release: Workflow = parse(await read(".github/workflows/release.yml"));
  assertEquals(release.jobs.gate.uses, "./.github/workflows/gate.yml");
  for (const name of ["jsr", "npm"]) {
    assertEquals(release.jobs[name].needs, ["gate", "version"], name);
  }
});

Deno.test("workflows test folders that exist", async () => {
  let count = 0;
  for (const path of WORKFLOWS) {
    for (const [, folder] of (await read(path)).matchAll(/\s(tests\/\S+)/g)) {
      count++;
      await Deno.stat(new URL(folder, ROOT));
    }
  }
  assert(count >= 10, `${count}`);
});

Deno.test("CITATION.cff has the required fields, and the package's version and license", async () => {
  const citation = parse(await read("CITATION.cff"));
  assertEquals(citation["cff-version"], "1.2.0");
  assert(citation.message && citation.title);
  assertEquals([citation.version, citation.license], [config.version, config.license]);
  const [, holder] = (await read("LICENSE")).match(/^Copyright \(c\) \d+ (.+)$/m)!;
  assertEquals(citation.authors, [{ name: holder }]);
  for (const { type, title, authors } of citation.references) {
    assert(type && title && authors.length > 0, title);
  }
});

Deno.test("links between the pages find their files and headings", async () => {
  const dangling: string[] = [];
  let count = 0;
  for (const page of PAGES) {
    for (const [, link] of (await read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      count++;
      const [path, anchor] = link.split("#");
      const target = path === "" ? new URL(page, ROOT) : new URL(path, new URL(page, ROOT));
      const text = await Deno.readTextFile(target).catch(() => undefined);
      const headings = text?.matchAll(/^#+ (.+)$/gm).map(([, heading]) => anchorOf(heading));
      if (text === undefined || anchor && !headings!.some((each) => each === anchor)) {
        dangling.push(`${page}: ${link}`);
      }
    }
  }
  assertEquals(dangling, []);
  assert(count >= 60, `${count}`);
});

Deno.test("the pages name files and folders of the repository that exist", async () => {
  const missing: string[] = [];
  const named = /`((?:kernels|src|wasm|cli|tests|bench|examples|entries|docs|\.ci)\/[\w./-]*)`/g;
  for (const page of PAGES) {
    for (const [, path] of (await read(page)).matchAll(named)) {
      if (/\/(generated|out)\b/.test(path)) continue;
      const found = await Deno.stat(new URL(path, ROOT)).catch(() => undefined);
      if (!found) missing.push(`${page}: ${path}`);
    }
  }
  assertEquals(missing, []);
});
