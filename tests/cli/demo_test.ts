import {
  assertEquals,
  assertGreater,
  assertLess,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { inFolder, runCli } from "./run_cli.ts";

Deno.test("demo prints a row for each kind and explains how to read it", async () => {
  const { code, stdout, stderr } = await runCli([
    "demo",
    "--steps",
    "20",
    "--batch",
    "50",
    "--no-report",
  ]);
  assertEquals(code, 0, stderr);
  const lines = stdout.split("\n");
  assertStringIncludes(lines[1], "parent active when its child is");
  assertEquals(lines.slice(3, 5).map((line) => line.split(" ")[0]), ["vanilla", "Matryoshka"]);
  assertStringIncludes(stdout, "absorption");
});

Deno.test("demo shows absorption in the vanilla autoencoder, and none in the Matryoshka one", async () => {
  const { code, stdout, stderr } = await runCli([
    "demo",
    "--steps",
    "3000",
    "--json",
    "--no-report",
  ]);
  assertEquals(code, 0, stderr);
  const { results: [vanilla, matryoshka] } = JSON.parse(stdout);
  assertLess(vanilla.parentActiveWhenChild, 0.1);
  assertGreater(matryoshka.parentActiveWhenChild, 0.9);
  // Both have a latent for the parent; in the vanilla one it falls silent beside a child.
  assertGreater(vanilla.parentActiveAlone, 0.7);
  assertGreater(matryoshka.meanCosine, vanilla.meanCosine);
});

Deno.test("demo repeats its results with the same seed", async () => {
  const run = async (seed: string) => {
    const { stdout } = await runCli([
      "demo",
      "--steps",
      "40",
      "--seed",
      seed,
      "--json",
      "--no-report",
    ]);
    // deno-lint-ignore no-explicit-any -- what JSON holds
    return JSON.parse(stdout).results.map((result: any) => ({ ...result, seconds: 0 }));
  };
  const [first, again, other] = [await run("3"), await run("3"), await run("4")];
  assertEquals(first, again);
  assertEquals(first[0].finalLoss === other[0].finalLoss, false);
});

Deno.test("demo takes a backend and its threads", async () => {
  const args = ["demo", "--steps", "3", "--batch", "9", "--json", "--no-report"];
  const { code, stdout, stderr } = await runCli([...args, "--threads", "2"]);
  assertEquals(code, 0, stderr);
  const { backend } = JSON.parse(stdout).environment;
  assertEquals(backend.name, "wasm");
  assertStringIncludes(backend.description, "2 threads");
  const reference = await runCli([...args, "--backend", "reference"]);
  assertEquals(JSON.parse(reference.stdout).environment.backend.name, "reference");
});

Deno.test("demo ends with an explorer of each autoencoder, which names samples by their features", () =>
  inFolder(async (folder) => {
    const out = `${folder}/demo`;
    // A second demo replaces what the first one wrote.
    for (const seed of ["1", "2"]) {
      const args = ["demo", "--steps", "300", "--batch", "50", "--seed", seed, "--out", out];
      const { code, stderr } = await runCli(args);
      assertEquals(code, 0, stderr);
      for (const name of ["vanilla", "matryoshka"]) {
        assertStringIncludes(stderr, `Wrote ${out}/explore-${name}/index.html`);
        const whole = await Deno.readTextFile(`${out}/explore-${name}/explore.json`);
        const { latents, rows } = JSON.parse(whole);
        assertEquals([latents.length, rows], [20, 20_000]);
        // deno-lint-ignore no-explicit-any -- what JSON holds
        const texts = latents.flatMap((latent: any) => latent.tokens).map(({ text }: any) => text);
        assertGreater(texts.length, 20);
        for (const text of texts) {
          assertMatch(text, /^((parent|child|feature) [\d.]+( \+ )?)+$|^nothing$/);
        }
      }
    }
  }));
