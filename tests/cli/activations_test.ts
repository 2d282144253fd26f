/** What `--data` and the other ways to name activations accept. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { encodeSafetensors, loadSae } from "../../mod.ts";
import { encodeZip } from "../../src/io/zip/zip_writing.ts";
import { saveStateDict } from "../io/torch/torch_writer.ts";
import { inFolder, names, toyRows, trainArgs, writeNpy } from "./run_cli.ts";
import { runHere } from "./run_here.ts";

const ROOT = new URL("../../", import.meta.url);
const DATA = { shape: [300, 20], data: toyRows(300, 1) };

const steps = (...data: string[]) => [...trainArgs(data, ""), "--steps", "5", "--no-report"];

Deno.test("train gives the same autoencoder from every format and shape of the same rows", async () => {
  await inFolder(async (folder) => {
    const npy = await writeNpy(`${folder}/a.npy`, 300, 1);
    const zip = encodeZip([["x.npy", await Deno.readFile(npy)]]);
    await Deno.writeFile(`${folder}/a.npz`, zip);
    await Deno.writeFile(`${folder}/a.pt`, saveStateDict({ x: DATA }));
    const cube = { ...DATA, shape: [15, 20, 20] };
    await Deno.writeFile(`${folder}/a.safetensors`, encodeSafetensors({ x: cube }));
    const weights: string[] = [];
    for (const name of ["a.npy", "a.npz", "a.pt", "a.safetensors"]) {
      const out = `${folder}/${name}.run`;
      const { code, stderr } = await runHere([...steps(`${folder}/${name}`), "--out", out]);
      assertEquals([code, name], [0, name], stderr);
      const note =
        `Note: ${folder}/a.safetensors holds [15, 20, 20]: each position of a sequence is ` +
        "one row, 300 rows in all\n";
      assertEquals(stderr.includes("Note"), name === "a.safetensors");
      if (name === "a.safetensors") assertStringIncludes(stderr, note);
      const sae = await loadSae({ s: await Deno.readFile(`${out}/sae.safetensors`) });
      weights.push(sae.parameters.encoder.join());
    }
    assertEquals(new Set(weights).size, 1);
  });
});

Deno.test("folders and patterns stand for their files, shard 10 after shard 9", async () => {
  await inFolder(async (folder) => {
    const acts = `${folder}/acts`;
    await Deno.mkdir(acts);
    for (const [i, rows] of [[10, 30], [9, 40], [1, 50]]) {
      await writeNpy(`${acts}/part-${i}.npy`, rows, i);
    }
    const sae = `${folder}/run`;
    const trained = await runHere([...steps(acts), "--out", sae]);
    assertEquals(trained.code, 0, trained.stderr);
    assertStringIncludes(
      trained.stderr,
      `Note: reading 3 files, ${acts}/part-1.npy to ${acts}/part-10.npy`,
    );
    const { data } = JSON.parse(await Deno.readTextFile(`${sae}/run.json`));
    assertEquals(data.shards.map(({ rows }: { rows: number }) => rows), [50, 40, 30]);
    const commands = [
      ["eval", sae, `${acts}/*.npy`],
      ["encode", sae, acts, "--out", `${folder}/codes.safetensors`],
      ["inspect", sae, "--activations", `${acts}/part-?.npy`, `${acts}/part-10.npy`],
    ];
    for (const command of commands) {
      const { code, stdout, stderr } = await runHere([...command, "--backend", "reference"]);
      assertEquals(code, 0, stderr);
      assertStringIncludes(stdout, "120 rows");
    }
    await Deno.mkdir(`${folder}/empty`);
    const empty = await runHere([...steps(`${folder}/empty`), "--out", `${folder}/none`]);
    assertEquals([empty.code, empty.stdout], [1, ""]);
    assertEquals(
      empty.stderr,
      `Cannot read activations from ${folder}/empty: the folder holds no .npy, .npz, ` +
        ".safetensors, .pt or .pth file\n",
    );
    assertEquals(names(folder), ["acts", "codes.safetensors", "empty", "run"]);
  });
});

Deno.test("paths are relative to the user's folder, though deno task runs in another", async () => {
  await inFolder(async (folder) => {
    await writeNpy(`${folder}/a.npy`, 300, 1);
    // Set by the task that runs this test.
    const { INIT_CWD: _, ...env } = Deno.env.toObject();
    const run = async (task: string, ...args: string[]) => {
      const config = new URL("deno.json", ROOT).pathname;
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["task", "-q", "--config", config, task, ...args],
        cwd: folder,
        env,
        clearEnv: true,
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout);
    };
    const [, ...args] = steps("a.npy");
    await run("train", ...args, "--out", "runs/first", "--checkpoint-every", "4");
    assertEquals(names(`${folder}/runs/first`), ["checkpoints", "run.json", "sae.safetensors"]);
    await run("train", ...args, "--out", "runs/more", "--resume", "runs/first");
    assert(names(`${folder}/runs/more`).includes("sae.safetensors"));
    const out = await run("inspect", "runs/first");
    assertStringIncludes(out, "24 latents on inputs of 20");
  });
});
