/** Changed files of every format: each is read, or refused by a named error, soon and in little memory. */
import fc from "fast-check";
import { assert, assertEquals, assertLess } from "@std/assert";
import { sourceFromBytes } from "../../../src/io/sources/bytes.ts";
import { loadSae, saveSae } from "../../../src/io/formats/mod.ts";
import { readZip } from "../../../src/io/zip/zip_reading.ts";
import { encodeZip } from "../../../src/io/zip/zip_writing.ts";
import { crc32 } from "../../../src/base/crc32.ts";
import { initialParameters } from "../../../src/model/parameters.ts";
import { Random } from "../../../src/base/random.ts";
import { trials } from "../../matrix.ts";
import { deflate, oddZip } from "../zip/deflate.ts";
import { INTEROP_NAMES, interopFiles } from "./golden_files.ts";
import { anyMutation } from "./any_mutation.ts";
import { mutate } from "./mutations.ts";
import { op, saveStateDict } from "../torch/torch_writer.ts";

const RUNS = trials(24_000);
// Fixed, so that a gate does not fail by chance; another seed looks elsewhere.
const SEED = Number(Deno.env.get("FUZZ_SEED") ?? 20261122);
const MILLISECONDS = 2000;

type Files = Record<string, Uint8Array>;
/** A part of a checkpoint that is changed, and how the whole is put together around it. */
interface Target {
  name: string;
  part: Uint8Array;
  whole: (part: Uint8Array) => Files | Promise<Files>;
}

/** Every file of a checkpoint, and what lies behind checksums and lengths within it. */
async function targetsOf(name: string, files: Files): Promise<Target[]> {
  const targets: Target[] = [];
  for (const [file, bytes] of Object.entries(files)) {
    const put = (part: Uint8Array): Files => ({ ...files, [file]: part });
    targets.push({ name: `${name}/${file}`, part: bytes, whole: put });
    if (file.endsWith(".safetensors")) {
      const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getUint32(0, true);
      const header = bytes.subarray(8, 8 + length);
      targets.push({
        name: `${name}/${file} header`,
        part: header,
        whole(part) {
          const changed = new Uint8Array(8 + part.length + bytes.length - 8 - length);
          new DataView(changed.buffer).setUint32(0, part.length, true);
          changed.set(part, 8);
          changed.set(bytes.subarray(8 + length), 8 + part.length);
          return put(changed);
        },
      });
    }
    if (/\.(pt|npz)$/.test(file)) targets.push(...await zipTargets(`${name}/${file}`, bytes, put));
  }
  return targets;
}

async function zipTargets(
  name: string,
  bytes: Uint8Array,
  put: (part: Uint8Array) => Files,
): Promise<Target[]> {
  const entries: [string, Uint8Array][] = [];
  for (const [key, { source }] of await readZip(sourceFromBytes(bytes))) {
    entries.push([key, await source.read(0, source.size)]);
  }
  return entries.flatMap(([key, part], i): Target[] => {
    const replaced = (part: Uint8Array) =>
      entries.map((e, j) => i === j ? [key, part] as const : e);
    const stored = (part: Uint8Array) => put(encodeZip(replaced(part)));
    const deflated = async (part: Uint8Array) =>
      put(oddZip(
        await Promise.all(
          replaced(part).map(async ([name, bytes]) => ({
            name,
            bytes: await deflate(bytes),
            method: 8,
            size: bytes.length,
            crc: crc32(bytes),
          })),
        ),
      ));
    const targets = [{ name: `${name}/${key}`, part, whole: stored }];
    // Pickles are what attackers change: as often as all the rest.
    if (key.endsWith(".pkl")) targets.push(...Array(4).fill(targets[0]));
    if (i === 0) targets.push({ name: `${name}/${key} deflated`, part, whole: deflated as never });
    return targets;
  });
}

async function allTargets(): Promise<Target[]> {
  const targets: Target[] = [];
  for (const name of INTEROP_NAMES) {
    const { "expected.json": _, ...files } = await interopFiles(name);
    targets.push(...await targetsOf(name, files));
  }
  const sae = {
    parameters: initialParameters(3, 6, Random.fromSeed(1)),
    activation: { kind: "jumprelu", threshold: new Float32Array(6).fill(0.5) },
    subtractDecoderBias: true,
    prefixes: [2, 6],
  } as const;
  targets.push(...await targetsOf("native", saveSae(sae, "native")));
  const state = saveStateDict(
    {
      "pre_bias": { shape: [2], data: new Float32Array(2) },
      "latent_bias": { shape: [3], data: new Float32Array(3), dtype: "F16" },
      "encoder.weight": { shape: [3, 2], data: new Float32Array(6), dtype: "F64" },
      "decoder.weight": { shape: [2, 3], data: new Float32Array(6), strides: [1, 2] },
      "stats_last_nonzero": { shape: [3], data: new Float32Array(3), dtype: "I64" },
    },
    [
      op.text("activation"),
      op.text("TopK"),
      op.text("activation_state_dict"),
      op.ordered(op.text("k"), op.int(2), op.text("postact_fn"), op.text("ReLU")),
    ],
  );
  targets.push(...await targetsOf("openai", { "0.pt": state }));
  const whole = Uint8Array.from(await deflateGemma());
  targets.push(...await targetsOf("gemma deflated", { "params.npz": whole }));
  return targets;
}

async function deflateGemma(): Promise<Uint8Array> {
  const { "params.npz": npz } = await interopFiles("gemma_scope");
  const entries = [];
  for (const [name, { source }] of await readZip(sourceFromBytes(npz))) {
    const bytes = await source.read(0, source.size);
    const [size, crc] = [bytes.length, crc32(bytes)];
    entries.push({ name, bytes: await deflate(bytes), method: 8, size, crc });
  }
  return oddZip(entries);
}

Deno.test(`loadSae() reads or refuses ${RUNS} changed files`, async () => {
  const targets = await allTargets();
  const names = new Set<string>();
  let loaded = 0;
  let files = 0;
  const before = Deno.memoryUsage().rss;
  const changes = fc.tuple(
    fc.nat(targets.length - 1),
    fc.array(anyMutation, { minLength: 1, maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(changes, async ([index, mutations]) => {
      const { name, part, whole } = targets[index];
      const changed = await whole(mutations.reduce(mutate, part));
      const size = Object.values(changed).reduce((sum, { length }) => sum + length, 0);
      const start = performance.now();
      try {
        const { parameters } = await loadSae(changed);
        assert(parameters.encoder.every(Number.isFinite));
        // Halves double, deflated zeros grow by 1032.
        assertLess(parameters.encoder.byteLength, 2 * 1032 * size);
        loaded++;
      } catch (error) {
        const named = error instanceof RangeError || error instanceof TypeError;
        assert(named && error.message.startsWith("Cannot "), `${name}: ${error}`);
        assertLess(error.message.length, 2000, name);
        assert(!/\[object/.test(error.message), `${name}: ${error.message}`);
      }
      assertLess(performance.now() - start, MILLISECONDS, name);
      names.add(name.replace(/\/.*/, ""));
      files++;
    }),
    { numRuns: RUNS, seed: SEED },
  );
  assert(files >= RUNS);
  // Of every format, and not all of them refused at the door.
  assertEquals(names.size, INTEROP_NAMES.length + 3);
  assert(loaded > RUNS / 50, `${loaded} of ${files} were read`);
  assertLess(Deno.memoryUsage().rss - before, 512 * 2 ** 20);
});

Deno.test("every unchanged target is read", async () => {
  for (const { name, part, whole } of await allTargets()) {
    const sae = await loadSae(await whole(part));
    assert(sae.parameters.latentCount > 0, name);
  }
});
