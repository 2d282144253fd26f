/** Checkpoints that ranks write together: whole, or not there. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Checkpoint, encodeCheckpoint, runRanks } from "../../../mod.ts";
import {
  listCheckpoints,
  moveCheckpoint,
  readSavedCheckpoint,
  removeCheckpoint,
  writeCheckpointShard,
} from "../../../entries/files.ts";
import { writeShard } from "../../../src/distributed/files/checkpoint_writing.ts";
import { N, shardsOf, shareOf } from "../../training/shards.ts";
import { fullDisk, inFolder, interceptedDisk, names, outcomes } from "./failing_disk.ts";
import { STATES, write } from "./written.ts";

/** Names without their random marks. */
const unmarked = (folder: string): string[] =>
  names(folder).map((name) => name.replace(/\.[0-9a-f]{8}\./, ".*.")).sort();

const SHARDS_OF_2 = [0, 1, 2].map((i) => `step-00000002.${i}-of-3.*.safetensors`);

Deno.test("a checkpoint of any number of ranks is read on any other", () =>
  inFolder(async (folder) => {
    const whole = STATES[2];
    for (const lengths of [[7], [1, 6], [3, 3, 1], [2, 2, 1, 2]]) {
      const path = await write(`${folder}/a/checkpoints`, whole, lengths);
      assertEquals(await listCheckpoints(`${folder}/a/checkpoints`), [{ path, step: 2 }]);
      assertEquals(await readSavedCheckpoint(path), whole);
      for (const latents of [{ from: 0, to: 3 }, { from: 3, to: 4 }, { from: 2, to: N }]) {
        const share = await readSavedCheckpoint(path, latents);
        assertEquals(share, { ...whole, trainer: shareOf(whole.trainer, latents) });
      }
    }
    assertEquals(await listCheckpoints(`${folder}/none`), []);
  }));

Deno.test("one rank writes one file, as one process does, and several write shards with an index", () =>
  inFolder(async (folder) => {
    const path = await write(folder, STATES[2], [N]);
    assertEquals(path, `${folder}/step-00000002.safetensors`);
    assertEquals(await Deno.readFile(path), encodeCheckpoint(STATES[2]));
    assertEquals(await readSavedCheckpoint(path), STATES[2]);
    // The same step in the other layout takes its place.
    const index = await write(folder, STATES[2], [3, 3, 1]);
    assertEquals(index, `${folder}/step-00000002.shards.json`);
    assertEquals(unmarked(folder), [...SHARDS_OF_2, "step-00000002.shards.json"]);
    const { step, latentCount, shards } = JSON.parse(await Deno.readTextFile(index));
    assertEquals([step, latentCount, shards.length, shards[1].from, shards[1].to], [2, N, 3, 3, 6]);
    await write(folder, STATES[2], [3, 3, 1]);
    assertEquals(unmarked(folder), [...SHARDS_OF_2, "step-00000002.shards.json"]);
    await write(folder, STATES[2], [N]);
    assertEquals(names(folder), ["step-00000002.safetensors"]);
    // Another step stays.
    await write(folder, STATES[3], [3, 4]);
    const steps = (await listCheckpoints(folder)).map(({ step }) => step);
    assertEquals(steps, [3, 2]);
  }));

Deno.test("ranks of further replicas take part in writeCheckpointShard() and write nothing", () =>
  inFolder(async (folder) => {
    const shards = shardsOf(STATES[1], [3, 4]);
    const paths = await runRanks(
      6,
      (ranks) => writeCheckpointShard(folder, shards[ranks.rank], ranks),
    );
    assertEquals(await readSavedCheckpoint(paths[5]), STATES[1]);
    assertEquals(names(folder).length, 3);
    const replicas = await runRanks(
      3,
      (ranks) => writeCheckpointShard(folder, ranks.rank === 0 ? STATES[3] : undefined, ranks),
    );
    assertEquals(await Deno.readFile(replicas[2]), encodeCheckpoint(STATES[3]));
  }));

Deno.test("a rank that cannot write its shard, or the index, ends the call on all ranks and leaves nothing", () =>
  inFolder(async (folder) => {
    await write(folder, STATES[1], [3, 3, 1]);
    const before = names(folder);
    const shards = shardsOf(STATES[2], [3, 3, 1]);
    for (const failing of ["0-of-3", "1-of-3", "2-of-3", "shards.json"]) {
      const found = await outcomes(3, (ranks) => {
        const disk = interceptedDisk(async (call, path, go) => {
          if (call === "write" && path.includes(failing)) throw fullDisk();
          return await go();
        });
        return writeShard(disk, folder, shards[ranks.rank], ranks);
      });
      const rank = Number(failing[0]) || 0;
      const message =
        `Cannot write a checkpoint to ${folder}: rank ${rank}: no space left on the device`;
      assertEquals(found, Array(3).fill(message));
      assertEquals(names(folder), before);
    }
    const [newest] = await listCheckpoints(folder);
    assertEquals(await readSavedCheckpoint(newest.path), STATES[1]);
  }));

Deno.test("writeCheckpointShard() refuses shards that are not of one state, on all ranks", () =>
  inFolder(async (folder) => {
    const [first, second] = shardsOf(STATES[2], [3, 4]);
    const { trainer } = second;
    const spoilt = { ...trainer.tensors, encoder: trainer.tensors.encoder.map(() => NaN) };
    const shifted = { ...trainer.tensors, decoderBias: trainer.tensors.decoderBias.map(() => 1) };
    const row = trainer.metrics.last!.row.map((value) => value + 1);
    const metrics = { ...trainer.metrics, last: { ...trainer.metrics.last!, row } };
    const cases: [Checkpoint | undefined, string][] = [
      [{ ...second, trainer: { ...trainer, tensors: spoilt } }, "rank 1: Cannot encode the"],
      [{ ...second, trainer: { ...trainer, tensors: shifted } }, "the checksum of decoderBias is"],
      [{ ...second, trainer: { ...trainer, metrics } }, "the checksum of last.row is"],
      [shardsOf(STATES[3], [3, 4])[1], "step is 2 on rank 0 but 3 on rank 1"],
      [
        { ...second, shuffle: { ...second.shuffle!, pass: 5 } },
        "shuffle.pass is 0 on rank 0 but 5",
      ],
      [undefined, "no rank holds latent 3"],
      [first, "ranks 0 and 1 both hold latent 0"],
    ];
    for (const [odd, reason] of cases) {
      const found = await outcomes(
        2,
        (ranks) => writeCheckpointShard(folder, [first, odd][ranks.rank], ranks),
      );
      assertEquals(new Set(found).size, 1);
      const start = `Cannot write a checkpoint to ${folder}: ${reason}`;
      assert(found[0].startsWith(start), `${found[0]}: ${reason}`);
      assertEquals(names(folder), []);
    }
  }));

Deno.test("removeCheckpoint() and moveCheckpoint() take the shards with them", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/other`);
    const path = await write(folder, STATES[2], [3, 3, 1]);
    const single = await write(folder, STATES[1], [N]);
    for (const each of [path, single]) {
      const moved = await moveCheckpoint(each, `${folder}/other`);
      const state = each === path ? STATES[2] : STATES[1];
      assertEquals(await readSavedCheckpoint(moved), state);
    }
    assertEquals([names(folder), names(`${folder}/other`).length], [["other"], 5]);
    for (const { path } of await listCheckpoints(`${folder}/other`)) await removeCheckpoint(path);
    assertEquals(names(`${folder}/other`), []);
    await removeCheckpoint(path);
  }));

Deno.test("an index that was set aside keeps its shards, and other files are left alone", () =>
  inFolder(async (folder) => {
    const path = await write(folder, STATES[1], [3, 4]);
    await Deno.rename(path, `${path}.broken`);
    await Deno.writeTextFile(`${folder}/step-00000002.shards.json`, "not JSON");
    const others = [
      "notes.safetensors",
      "step-00000002.0-of-1.0123abcd.safetensors",
      "step-2.0-of-1.0123abcd.safetensors",
      "run.json.0123abcd.tmp",
    ];
    const strays = [
      "step-00000001.0-of-2.0123abcd.safetensors",
      "step-00000009.0-of-2.0123abcd.safetensors.89abcdef.tmp",
      "step-00000009.safetensors.89abcdef.tmp",
      "step-00000009.shards.json.89abcdef.tmp",
    ];
    const kept = [...names(folder), ...others].sort();
    for (const name of [...others, ...strays]) await Deno.writeTextFile(`${folder}/${name}`, "");
    const next = await write(folder, STATES[3], [3, 4]);
    assertEquals(names(folder).filter((name) => !name.startsWith("step-00000003")), kept);
    assertEquals(await readSavedCheckpoint(next), STATES[3]);
  }));

Deno.test("readSavedCheckpoint() refuses a broken index by name, and names a missing shard", () =>
  inFolder(async (folder) => {
    const path = await write(folder, STATES[2], [3, 4]);
    const good = JSON.parse(await Deno.readTextFile(path));
    const [a, b] = good.shards;
    const cases: [unknown, string][] = [
      ["{", 'it must be JSON but is "{"'],
      [[], "the index must be an object but is an Array"],
      [{ ...good, format: "x" }, 'but is "x" version "1"'],
      [{ ...good, step: -1 }, "step must be an integer of at least 0 but is -1"],
      [{ ...good, step: 5 }, "its step is 5 but 2 in "],
      [{ ...good, latentCount: 8 }, "its shards must end at latentCount 8 but end at 7"],
      [{ ...good, shards: undefined }, "shards must be an array of numbers but is undefined"],
      [{ ...good, shards: [] }, "its shards must end at latentCount 7 but end at 0"],
      [{ ...good, shards: [b, a] }, "shards[0] must begin at latent 0 but at 3"],
      [{ ...good, shards: [a, { ...b, from: 2 }] }, "shards[1] must begin at latent 3 but at 2"],
      [{ ...good, shards: [a, { ...b, to: 9 }] }, "latents.to must be at most latentCount 7"],
      [{ ...good, shards: [a, 3] }, "shards[1] must be an object but is 3 (number)"],
      [
        { ...good, shards: [a, { ...b, file: `../${b.file}` }] },
        `shards[1] has the file name "../${b.file}`.slice(0, 90),
      ],
      [{ ...good, shards: [a, { ...b, file: a.file }] }, "latents 3 to 6 are in none of"],
      [{ ...good, padding: " ".repeat(2 ** 20) }, "an index has at most 1048576 bytes but it has"],
      [{ ...good, shards: [a, { ...b, file: b.file.replace("2", "4") }] }, ": no such file"],
    ];
    for (const [index, message] of cases) {
      await Deno.writeTextFile(path, typeof index === "string" ? index : JSON.stringify(index));
      const error = await assertRejects(() => readSavedCheckpoint(path), Error);
      assert(error.message.includes(message), `${error.message}: ${message}`);
      assert(error.message.startsWith("Cannot "), error.message);
    }
    await Deno.writeTextFile(path, JSON.stringify(good));
    await assertRejects(
      () => readSavedCheckpoint(path, { from: 2, to: 9 }),
      RangeError,
      `Cannot read the checkpoint ${path}: latents.to must be at most latentCount 7 but is 9`,
    );
    assertEquals(await readSavedCheckpoint(path), STATES[2]);
  }));
