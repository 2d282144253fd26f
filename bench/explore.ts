/**
 * Explores an autoencoder of 16,384 latents on a million made-up rows, and opens its page in Chromium:
 *
 *     deno task bench:explore                    all of it, some minutes and 150 MB of disk
 *     deno task bench:explore --rows 100000      fewer rows
 *
 * Prints time, memory, the page's start, its largest request, and the frames of a list that scrolls. docs/explore.md
 * quotes them.
 */
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { CHROMIUM, QUIET } from "../tests/chromium.ts";
import { quantile, scrollFrames } from "./explore/frames.ts";
import { type Files, writeSynthetic } from "./explore/synthetic_rows.ts";
import { environmentLines, lookUpEnvironment } from "./harness/environment.ts";

const ROOT = new URL("../", import.meta.url);
const FRAMES = 600, STARTS = 5;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    latents: { type: "string", default: "16384" },
    l0: { type: "string", default: "32" },
    backend: { type: "string", default: "wasm" },
  },
});

/** Runs the command, and returns its peak of resident memory in bytes and what it printed. */
async function explore({ sae, data, tokens, vocabulary }: Files, out: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-R", "-W", "-E", "cli/main.ts", "explore", sae, "--data", data],
      ...["--tokens", vocabulary, "--token-data", tokens, "--context", "128", "--out", out],
      ...["--backend", values.backend],
    ],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let peak = 0;
  const look = async () => {
    const status = await Deno.readTextFile(`/proc/${child.pid}/status`).catch(() => "");
    peak = Math.max(peak, 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
  };
  const timer = setInterval(look, 100);
  const { code, stdout } = await child.output();
  clearInterval(timer);
  if (code !== 0) throw new Error(`Cannot measure: explore ended with status ${code}`);
  return { peak, text: new TextDecoder().decode(stdout).trim() };
}

async function measurePage(folder: string): Promise<void> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...QUIET] });
  const requested = new Set<string>(), starts: number[] = [];
  try {
    for (let n = 0; n < STARTS; n++) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      page.on("request", (request) => requested.add(new URL(request.url()).pathname));
      await page.goto(`file://${folder}/index.html#/latent/9000`);
      await page.waitForSelector("body[data-ready]");
      starts.push(
        await page.evaluate(() => performance.getEntriesByName("ready")[0].startTime),
      );
      if (n === STARTS - 1) {
        const { intervals, work } = await scrollFrames(page, FRAMES);
        const mean = intervals.reduce((a, b) => a + b) / intervals.length;
        console.log(
          `scrolling: ${(1000 / mean).toFixed(1)} frames per second; work of a frame: median ` +
            `${quantile(work, 0.5).toFixed(1)} ms, of 99 % at most ${
              quantile(work, 0.99).toFixed(1)
            } ms`,
        );
      }
      await page.close();
    }
  } finally {
    await browser.close();
  }
  const sizes = await Promise.all([...requested].map(async (path) => (await Deno.stat(path)).size));
  const seconds = starts.sort((a, b) => a - b)[starts.length >> 1] / 1000;
  console.log(`page: ready after ${seconds.toFixed(2)} s (median of ${STARTS})`);
  console.log(
    `requests: ${sizes.length}, the largest ${Math.round(Math.max(...sizes) / 1000)} kB`,
  );
}

for (const line of environmentLines(await lookUpEnvironment())) console.log(line);
const folder = await Deno.makeTempDir();
try {
  const [rows, latentCount, l0] = [values.rows, values.latents, values.l0].map(Number);
  const files = await writeSynthetic(folder, { rows, inputSize: 64, latentCount, l0 });
  const start = performance.now();
  const { peak, text } = await explore(files, `${folder}/explore`);
  const seconds = (performance.now() - start) / 1000;
  console.log(text);
  console.log(`explore: ${seconds.toFixed(0)} s, ${(peak / 1e6).toFixed(0)} MB at the peak`);
  await measurePage(`${folder}/explore`);
} finally {
  await Deno.remove(folder, { recursive: true });
}
