/** One file of an autoencoder, written by ranks in turn: the bytes of one process, or no file at all. */
import { assert, assertEquals } from "@std/assert";
import {
  type Activation,
  loadSae,
  prefixOfSae,
  type Range,
  runRanks,
  saveSae,
} from "../../../mod.ts";
import { openFile, type SaeShare, writeSaeInTurn } from "../../../entries/files.ts";
import { DISK } from "../../../src/distributed/files/disk.ts";
import { writeInTurn } from "../../../src/distributed/files/sae_in_turn.ts";
import { layOutShare } from "../../../src/io/formats/native_share.ts";
import type { Sae } from "../../../src/model/sae.ts";
import { d, N, normals, relu, someSae, topk } from "../../io/formats/some_sae.ts";
import { ranges } from "../../training/shards.ts";
import { fullDisk, inFolder, interceptedDisk, names, outcomes } from "./failing_disk.ts";

/** The share of a whole autoencoder with these latents. */
function shareOf(sae: Sae, latents: Range): SaeShare {
  const { from, to } = latents;
  const { encoder, encoderBias, decoder, ...rest } = sae.parameters;
  const { activation } = sae;
  return {
    sae: {
      ...sae,
      parameters: {
        ...rest,
        latentCount: to - from,
        encoder: encoder.slice(from * d, to * d),
        encoderBias: encoderBias.slice(from, to),
        decoder: decoder.slice(from * d, to * d),
      },
      activation: activation.kind === "jumprelu"
        ? { ...activation, threshold: activation.threshold.slice(from, to) }
        : activation,
    },
    latents,
    latentCount: N,
  };
}

const jumprelu: Activation = { kind: "jumprelu", threshold: normals(N) };

const SAES: Record<string, Sae> = {
  relu: someSae(relu, false),
  "top-k with k above most shares": { ...someSae(topk, true), prefixes: [2, 5, N] },
  "jumprelu with all notes": {
    ...someSae(jumprelu, false),
    prefixes: 3,
    inputScale: 0.25,
    inputNormalization: { kind: "layerNorm", epsilon: 1e-5 },
    modelName: "gpt2-small",
    hookName: "blocks.8.hook_resid_pre",
    createdBy: "a test 1",
    training: { preset: "authorCode", options: { steps: 10 }, versions: { a: "λ" } },
  },
};

const wholeFile = (sae: Sae) => saveSae(sae, "native")["sae.safetensors"];

Deno.test("writeSaeInTurn() writes the bytes of one process, from any shares", () =>
  inFolder(async (folder) => {
    const path = `${folder}/sae.safetensors`;
    for (const [name, sae] of Object.entries(SAES)) {
      for (const lengths of [[12], [1, 11], [5, 7], [2, 9, 1], [3, 3, 3, 3], [8, 2, 1, 1]]) {
        const shares = ranges(lengths);
        // In the order of the latents, and against it.
        for (const order of [shares, shares.toReversed()]) {
          await Deno.writeTextFile(path, "an older file that is longer or shorter");
          await runRanks(
            order.length,
            (ranks) => writeSaeInTurn(path, shareOf(sae, order[ranks.rank]), ranks),
          );
          assertEquals(await Deno.readFile(path), wholeFile(sae), `${name} ${lengths}`);
          assertEquals(names(folder), ["sae.safetensors"]);
        }
      }
    }
  }));

Deno.test("ranks of further replicas take part in writeSaeInTurn() and write nothing", () =>
  inFolder(async (folder) => {
    const path = `${folder}/sae.safetensors`;
    const shares = ranges([5, 7]);
    const sae = SAES.relu;
    await runRanks(6, async (ranks) => {
      const share = shares[ranks.rank - 2];
      await writeSaeInTurn(path, share && shareOf(sae, share), ranks);
    });
    assertEquals(await Deno.readFile(path), wholeFile(sae));
  }));

Deno.test("the file that ranks have written is read by prefixes", () =>
  inFolder(async (folder) => {
    const path = `${folder}/sae.safetensors`;
    const sae = SAES["top-k with k above most shares"];
    const shares = ranges([4, 1, 7]);
    await runRanks(3, (ranks) => writeSaeInTurn(path, shareOf(sae, shares[ranks.rank]), ranks));
    await using file = await openFile(path);
    for (const prefix of [1, 4, 5, 6, N]) {
      const { parameters } = await loadSae(file, { prefix });
      assertEquals(parameters, prefixOfSae(sae, prefix).parameters);
    }
  }));

Deno.test("one rank at a time writes its own rows, without a copy of them", () =>
  inFolder(async (folder) => {
    const path = `${folder}/sae.safetensors`;
    const sae = SAES["jumprelu with all notes"];
    let writing = 0;
    let most = 0;
    const disk = interceptedDisk(async (_call, _path, go) => {
      most = Math.max(most, ++writing);
      await new Promise((resolve) => setTimeout(resolve, 2));
      const result = await go();
      writing--;
      return result;
    });
    const shares = ranges([4, 1, 7]);
    await runRanks(3, (ranks) => writeInTurn(disk, path, shareOf(sae, shares[ranks.rank]), ranks));
    assertEquals([most, await Deno.readFile(path)], [1, wholeFile(sae)]);

    const { sae: held } = shareOf(sae, shares[1]);
    const { parts } = layOutShare(held, 4, N, "lay out a share");
    const { encoder, encoderBias, decoder } = held.parameters;
    const buffers = [encoder, encoderBias, decoder, (held.activation as typeof jumprelu).threshold]
      .map(({ buffer }) => buffer);
    assertEquals(new Set(parts.map(({ bytes }) => bytes.buffer)), new Set(buffers));
  }));

Deno.test("a rank whose disk is full ends writeSaeInTurn() on all ranks, and leaves the old file", () =>
  inFolder(async (folder) => {
    const path = `${folder}/sae.safetensors`;
    await Deno.writeTextFile(path, "old");
    const shares = ranges([4, 1, 7]);
    for (const failing of [0, 1, 2]) {
      const found = await outcomes(3, (ranks) => {
        const disk = interceptedDisk(async (call, _path, go) => {
          if (call === "writeParts" && ranks.rank === failing) {
            await go();
            throw fullDisk();
          }
          return await go();
        });
        return writeInTurn(disk, path, shareOf(SAES.relu, shares[ranks.rank]), ranks);
      });
      const message = `Cannot write ${path}: rank ${failing}: no space left on the device`;
      assertEquals(found, Array(3).fill(message));
      assertEquals([names(folder), await Deno.readTextFile(path)], [["sae.safetensors"], "old"]);
    }
    // A folder in the place of the file: the last step fails.
    await Deno.mkdir(`${folder}/taken/inside`, { recursive: true });
    const taken = await outcomes(
      3,
      (ranks) => writeSaeInTurn(`${folder}/taken`, shareOf(SAES.relu, shares[ranks.rank]), ranks),
    );
    assertEquals(new Set(taken).size, 1);
    assert(taken[0].startsWith(`Cannot write ${folder}/taken: rank 0: `), taken[0]);
    assertEquals(names(folder), ["sae.safetensors", "taken"]);
    const missing = await outcomes(
      2,
      (ranks) =>
        writeSaeInTurn(`${folder}/no/a`, shareOf(SAES.relu, ranges([4, 8])[ranks.rank]), ranks),
    );
    const message = `Cannot write ${folder}/no/a: rank 0: no such file or directory`;
    assertEquals(missing, [message, message]);
  }));

Deno.test("writeSaeInTurn() notices a rank whose part did not arrive", () =>
  inFolder(async (folder) => {
    const path = `${folder}/sae.safetensors`;
    const found = await outcomes(2, (ranks) => {
      // Rank 1 sees another disk: there, too, is a file of this name.
      const disk = interceptedDisk(async (call, _path, go) => {
        if (call !== "writeParts" || ranks.rank === 0) await go();
      });
      return writeInTurn(disk, path, shareOf(SAES.relu, ranges([4, 8])[ranks.rank]), ranks);
    });
    const size = wholeFile(SAES.relu).length;
    // The last rows of the encoder's bias, the last tensor, are missing.
    const message = `Cannot write ${path}: rank 0: it has ${size - 8 * 4} bytes instead of ${size}`;
    assertEquals([found, names(folder)], [[message, message], []]);
  }));

Deno.test("writeSaeInTurn() refuses shares that are not those of one autoencoder, on all ranks", () =>
  inFolder(async (folder) => {
    const path = `${folder}/sae.safetensors`;
    const sae = SAES.relu;
    const share = (from: number, to: number, changes: Partial<Sae> = {}): SaeShare =>
      shareOf({ ...sae, ...changes }, { from, to });
    const [a, b] = [share(0, 5), share(5, 12)];
    const spoilt = b.sae.parameters.decoder.slice();
    spoilt[3] = NaN;
    const parameters = { ...b.sae.parameters, decoder: spoilt };
    const shifted = { ...b.sae.parameters, decoderBias: normals(d) };
    const cases: [(SaeShare | undefined)[], string][] = [
      [[a, { ...b, sae: { ...b.sae, parameters } }], "rank 1: element 3 of decoder is NaN"],
      [
        [a, { ...b, latents: { from: 6, to: 12 } }],
        "rank 1: sae.parameters.latentCount must be 6, as many as the share's latents, but is 7",
      ],
      [[a, share(6, 12)], "no rank holds latent 5"],
      [[a, share(5, 11)], "no rank holds latent 11"],
      [[share(0, 7), b], "ranks 0 and 1 both hold latent 5"],
      [[a, b, b], "ranks 1 and 2 both hold latent 5"],
      [[undefined, undefined], "no rank has a share of it"],
      [[a, { ...b, latentCount: 13 }], "latentCount is 12 on rank 0 but 13 on rank 1"],
      [[a, share(5, 12, { inputScale: 2 })], "inputScale is 1 on rank 0 but 2 on rank 1"],
      [[a, share(5, 12, { prefixes: 3 })], "prefixes is [12] on rank 0 but 3 on rank 1"],
      [[a, share(5, 12, { hookName: "x" })], "hookName is not given on rank 0 but x on rank 1"],
      [
        [a, share(5, 12, { activation: topk })],
        'activation is {"kind":"relu"} on rank 0 but {"kind":"topk","k":3} on rank 1',
      ],
      [
        [a, share(5, 12, { activation: { kind: "topk", k: 13 } })],
        "rank 1: k 13 exceeds latentCount 12",
      ],
      [[a, { ...b, sae: { ...b.sae, parameters: shifted } }], "the checksum of decoderBias is "],
      [[a, { ...b, latents: { from: 5, to: 13 } }], "rank 1: latents.to must be at most"],
    ];
    for (const [shares, reason] of cases) {
      const found = await outcomes(
        shares.length,
        (ranks) => writeInTurn(DISK, path, shares[ranks.rank], ranks),
      );
      assertEquals(new Set(found).size, 1, reason);
      assert(found[0].startsWith(`Cannot write ${path}: ${reason}`), `${found[0]}: ${reason}`);
      assertEquals(names(folder), []);
    }
  }));
