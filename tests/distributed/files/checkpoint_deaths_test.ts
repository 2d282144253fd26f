/** Whenever a rank dies, every checkpoint that is there can be read, and one always is. */
import { assert, assertEquals } from "@std/assert";
import { type Checkpoint, initialParameters, Random, runRanks } from "../../../mod.ts";
import {
  listCheckpoints,
  readSavedCheckpoint,
  removeTemporaryFiles,
  writeCheckpointShard,
  writeSaeInTurn,
} from "../../../entries/files.ts";
import { writeShard } from "../../../src/distributed/files/checkpoint_writing.ts";
import { writeInTurn } from "../../../src/distributed/files/sae_in_turn.ts";
import { removeFrom } from "../../../src/distributed/files/saved_checkpoints.ts";
import { ranges, shardsOf } from "../../training/shards.ts";
import { inFolder, MortalRank, names, outcomes } from "./failing_disk.ts";
import { STATES, write } from "./written.ts";

/** Writes a state by three ranks, one of which dies at a call. Returns whether it did, and how many have written. */
async function writeAndDie(
  folder: string,
  checkpoint: Checkpoint,
  death: { rank: number; call: number; after: boolean; othersLive: boolean },
): Promise<{ died: boolean; done: number }> {
  const shards = shardsOf(checkpoint, [3, 3, 1]);
  const mortals: MortalRank[] = [];
  const found = await outcomes(3, (ranks) => {
    const at = ranks.rank === death.rank ? death.call : -1;
    const mortal = new MortalRank(ranks, at, death.after, () => {
      if (!death.othersLive) { for (const each of mortals) each.dead = true; }
    });
    mortals.push(mortal);
    return writeShard(mortal.disk, folder, shards[ranks.rank], ranks);
  });
  const done = found.filter((each) => each === "done").length;
  return { died: mortals.some(({ dead }) => dead), done };
}

Deno.test("a rank that dies at any call of the file system leaves a whole checkpoint, and the next clears up", async () => {
  let deaths = 0;
  const newest = new Set<number>();
  for (const replaced of [2, 1]) {
    for (const rank of [0, 2]) {
      for (const after of [false, true]) {
        for (const othersLive of [false, true]) {
          for (let call = 0, died = true; died; call++) {
            await inFolder(async (folder) => {
              await write(folder, STATES[replaced], [2, 4, 1]);
              const death = { rank, call, after, othersLive };
              const outcome = await writeAndDie(folder, STATES[2], death);
              died = outcome.died;
              if (died) deaths++;
              const what = JSON.stringify({ replaced, ...death, files: names(folder) });
              // Every index that is there can be read: of the state before, or of the new one.
              const found = await listCheckpoints(folder);
              assert(found.length > 0, what);
              for (const { path, step } of found) {
                assertEquals(await readSavedCheckpoint(path), STATES[step], what);
              }
              newest.add(found[0].step);
              if (outcome.done > 0) assertEquals(found[0].step, 2, what);
              await write(folder, STATES[3], [3, 3, 1]);
              const kept = (await listCheckpoints(folder)).length;
              assertEquals(names(folder).length, 4 * kept, `${what}: ${names(folder)}`);
            });
          }
        }
      }
    }
  }
  assertEquals([...newest].sort(), [1, 2]);
  assert(deaths > 50, `${deaths}`);
});

Deno.test("a rank that loses the others at any message leaves no index with missing shards", async () => {
  const shards = shardsOf(STATES[2], [3, 3, 1]);
  let whole = 0;
  for (const losing of [0, 1]) {
    for (let message = 0, lost = true; lost; message++) {
      await inFolder(async (folder) => {
        lost = false;
        await write(folder, STATES[1], [3, 4]);
        await outcomes(3, async (ranks) => {
          let calls = 0;
          const deaf = new Proxy(ranks, {
            get(target, key) {
              const value = Reflect.get(target, key);
              if (typeof value !== "function") return value;
              // The others get this rank's message, but this rank learns nothing.
              return async (...args: unknown[]) => {
                const result = await Reflect.apply(value, target, args);
                if (calls++ !== message) return result;
                lost = true;
                throw new Error("the network is down");
              };
            },
          });
          try {
            const communicator = ranks.rank === losing ? deaf : ranks;
            await writeCheckpointShard(folder, shards[ranks.rank], communicator);
          } catch (error) {
            ranks.abort("a rank has ended");
            throw error;
          }
        });
        const found = await listCheckpoints(folder);
        for (const { path, step } of found) {
          assertEquals(await readSavedCheckpoint(path), STATES[step], `message ${message}`);
        }
        whole += found.length;
      });
    }
  }
  assert(whole > 10, `${whole}`);
});

Deno.test("a rank that dies while an autoencoder is written leaves the old file or the new one", async () => {
  const share = (rank: number) => {
    const latents = ranges([3, 4])[rank];
    const { from, to } = latents;
    const parameters = initialParameters(2, to - from, Random.fromSeed(from));
    const sae = { parameters, activation: { kind: "relu" }, subtractDecoderBias: false } as const;
    return { sae, latents, latentCount: 7 };
  };
  await inFolder(async (folder) => {
    const path = `${folder}/sae.safetensors`;
    await runRanks(2, (ranks) => writeSaeInTurn(path, share(ranks.rank), ranks));
    const wanted = await Deno.readFile(path);
    let replaced = 0;
    for (const rank of [0, 1]) {
      for (const after of [false, true]) {
        for (let call = 0, died = true; died; call++) {
          died = false;
          await Deno.writeTextFile(path, "old");
          await outcomes(2, (ranks) => {
            const at = ranks.rank === rank ? call : -1;
            const mortal = new MortalRank(ranks, at, after, () => died = true);
            return writeInTurn(mortal.disk, path, share(ranks.rank), ranks);
          });
          const found = await Deno.readFile(path);
          if (found.length > 3) assertEquals(found, wanted);
          if (found.length > 3 && died) replaced++;
          await removeTemporaryFiles(folder);
          assertEquals(names(folder), ["sae.safetensors"]);
        }
      }
    }
    // Only after the rename.
    assertEquals(replaced, 1);
  });
});

Deno.test("removeCheckpoint() that dies at any call leaves no index with missing shards", async () => {
  for (const after of [false, true]) {
    for (let call = 0, died = true; died; call++) {
      await inFolder(async (folder) => {
        await write(folder, STATES[1], [3, 4]);
        const path = await write(folder, STATES[2], [3, 3, 1]);
        await outcomes(1, async (ranks) => {
          const mortal = new MortalRank(ranks, call, after, () => {});
          await removeFrom(mortal.disk, path).finally(() => died = mortal.dead);
        });
        const found = await listCheckpoints(folder);
        for (const { path, step } of found) {
          assertEquals(await readSavedCheckpoint(path), STATES[step]);
        }
        await write(folder, STATES[3], [1, 6]);
        assertEquals(names(folder).length, found.length === 2 ? 10 : 6);
      });
    }
  }
});
