/** The scripts of `completions`: what bash offers with them, and whether zsh and fish can read theirs. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { named, whyMissing } from "../missing.ts";
import process from "node:process";
import { inFolder } from "./run_cli.ts";
import { runHere } from "./run_here.ts";

async function scriptFor(shell: string, ...more: string[]): Promise<string> {
  const { code, stdout, stderr } = await runHere(["completions", shell, ...more]);
  assertEquals(code, 0, stderr);
  return stdout;
}

/** Runs a program in a folder, and returns its output. */
async function output(program: string, args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args, cwd }).output();
  const errors = new TextDecoder().decode(stderr);
  assert(success && errors === "", errors);
  return new TextDecoder().decode(stdout);
}

/** Returns what bash offers for the last word of each command line, given as words. */
async function offered(
  folder: string,
  script: string,
  lines: readonly (readonly string[])[],
  command = "_matryoshka_sae",
): Promise<string[][]> {
  const quoted = (word: string) => `'${word}'`;
  const asked = lines.map((words) => {
    const all = ["matryoshka-sae", ...words].map(quoted).join(" ");
    const print = `printf '%s\\n' "\${COMPREPLY[@]}" END`;
    return `COMP_WORDS=(${all}); COMP_CWORD=${words.length}; ${command}; ${print}`;
  });
  const text = await output("bash", ["--norc", "-c", [script, ...asked].join("\n")], folder);
  // Without any, printf prints an empty line.
  return text.split("END\n").slice(0, -1)
    .map((part) => part.split("\n").filter((word) => word !== "").sort());
}

const onWindows = Deno.build.os === "windows";

Deno.test(
  "bash completes commands, options, choices, files and folders",
  { ignore: onWindows },
  () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/a.npy`, "");
      await Deno.writeTextFile(`${folder}/b c.npy`, "");
      await Deno.mkdir(`${folder}/sub`);
      const all = ["a.npy", "b c.npy", "sub"];
      const cases: [string[], string[]][] = [
        [["e"], ["encode", "eval", "explore"]],
        [["--ver"], ["--version"]],
        [["train", "--pen"], ["--penalty", "--penalty-coefficient"]],
        [["train", "--penalty", ""], ["l0", "l1", "log", "none", "tanh", "targetL0"]],
        [["train", "--penalty", "l"], ["l0", "l1", "log"]],
        [["train", "--penalty", "=", "n"], ["none"]],
        [["train", "--penalty", "="], ["l0", "l1", "log", "none", "tanh", "targetL0"]],
        [["train", "--data", ""], all],
        [["train", "--data", "a.npy", "b"], ["b c.npy"]],
        [["train", "--data", "a.npy", "--st"], ["--steps", "--strict"]],
        [["train", "--out", ""], ["sub"]],
        [["train", "--steps", ""], []],
        [["train", "--steps", "5", "--k"], ["--k", "--keep"]],
        [["train", "--resume", "--fo"], ["--force", "--force-failed"]],
        [["train", "--resume", "s"], ["sub"]],
        [["eval", "a"], ["a.npy"]],
        [["eval", "--json", "a.npy", "b"], ["b c.npy"]],
        [["convert", "a.npy", "--to", "g"], ["gemma_scope"]],
        [["report", ""], ["sub"]],
        [["sweep", "--preset", "default"], ["default"]],
        [["sweep", "--resume", "--fo"], ["--force", "--force-failed"]],
        [["compare", "s"], ["sub"]],
        [["completions", ""], ["bash", "fish", "zsh"]],
        [["help", "ins"], ["inspect"]],
        [["unknown", ""], []],
      ];
      const found = await offered(folder, await scriptFor("bash"), cases.map(([words]) => words));
      assertEquals(found, cases.map(([, expected]) => expected));
    }),
);

Deno.test(
  "bash completes every option that --help shows",
  { ignore: onWindows },
  () =>
    inFolder(async (folder) => {
      const commands = [
        "demo",
        "train",
        "eval",
        "report",
        "inspect",
        "convert",
        "explore",
        "calibrate",
        "encode",
      ];
      const found = await offered(
        folder,
        await scriptFor("bash"),
        commands.map((command) => [command, "--"]),
      );
      for (const [i, command] of commands.entries()) {
        const { stdout } = await runHereQuietly([command, "--help"]);
        const shown = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name]) => name);
        assert(shown.length > 0);
        assertEquals(found[i], shown.sort(), command);
      }
    }),
);

/** Runs a command whose help commander writes to the process's own output. */
async function runHereQuietly(args: string[]): Promise<{ stdout: string }> {
  const { write } = process.stdout;
  let stdout = "";
  process.stdout.write = (text: string | Uint8Array) => {
    stdout += text;
    return true;
  };
  try {
    await runHere(args);
    return { stdout };
  } finally {
    process.stdout.write = write;
  }
}

Deno.test("completions --name is for a program that is called by another name", {
  ignore: onWindows,
}, () =>
  inFolder(async (folder) => {
    const script = await scriptFor("bash", "--name", "my-sae.2");
    assertStringIncludes(script, "\ncomplete -F _my_sae_2 my-sae.2\n");
    assertEquals(await offered(folder, script, [["dem"]], "_my_sae_2"), [["demo"]]);
    const spaced = await runHere(["completions", "bash", "--name", "a b"]);
    assertEquals(spaced.code, 2);
    assertStringIncludes(
      spaced.stderr,
      'Cannot use --name "a b": it must be the name of a command',
    );
    assertEquals((await runHere(["completions", "tcsh"])).code, 2);
  }));

for (const shell of ["zsh", "fish"]) {
  const missing = whyMissing(`/usr/bin/${shell}`, shell);
  Deno.test({
    ...named(`${shell} can read its script of completions`, missing),
    fn: () =>
      inFolder(async (folder) => {
        await Deno.writeTextFile(`${folder}/script`, await scriptFor(shell));
        await output(`/usr/bin/${shell}`, ["-n", "script"], folder);
      }),
  });
}

Deno.test("the scripts of zsh and fish quote what descriptions hold", async () => {
  const zsh = await scriptFor("zsh");
  assertStringIncludes(zsh, "'convert:Convert a sparse autoencoder from any library'\\''s files");
  assertStringIncludes(zsh, "files of \\[rows, inputSize\\]");
  assertStringIncludes(zsh, ":kind:(log l1 tanh l0 targetL0 none)'");
  const fish = await scriptFor("fish");
  assertStringIncludes(fish, "-a convert -d 'Convert a sparse autoencoder from any library\\'s");
  assertStringIncludes(fish, "-l penalty -x -a 'log l1 tanh l0 targetL0 none'");
});
