/** `explore` writes a folder that says what the library found, in pieces, and nothing if it fails. */
import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import type {
  LatentDetails,
  ListPiece,
  Manifest,
  VocabularyPiece,
  WordPiece,
} from "../../../cli/explore/format.ts";
import { wordBucket } from "../../../cli/explore/words.ts";
import { inFolder, names, runCli } from "../run_cli.ts";
import { runHere } from "../run_here.ts";
import { someSae, writeSae } from "../sae_samples.ts";
import { receive, violations, writeNpyTokens, writeRows } from "./explorers.ts";

const ROWS = 300;
const TOKENS = Uint8Array.from({ length: ROWS }, (_, row) => (row * row) % 11);
/** The squares modulo 11 are 0, 1, 3, 4, 5 and 9. */
const WORDS = ["The", "Ġof", "<script>", "\u202eevil", "\u0007", "x".repeat(10_240), "constructor"]
  .concat("Ġof course", "", "__proto__", "ĠThe");

/** Writes an autoencoder, data with tokens and a vocabulary; returns the arguments that explore it. */
async function prepare(folder: string): Promise<string[]> {
  const sae = await writeSae(`${folder}/sae.safetensors`, someSae({ kind: "relu" }));
  const data = await writeRows(`${folder}/a.safetensors`, ROWS, TOKENS);
  await Deno.writeTextFile(`${folder}/vocab.json`, JSON.stringify(WORDS));
  return ["explore", sae, "--data", data, "--backend", "reference", "--out", `${folder}/out`];
}

Deno.test("the pieces hold what explore.json holds, which its schema describes", () =>
  inFolder(async (folder) => {
    const args = await prepare(folder);
    const { code, stderr, stdout } = await runCli([...args, "--tokens", `${folder}/vocab.json`]);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stderr, "rows are taken as sequences of 64 tokens, see --context");
    assertMatch(stdout, /^Explored 300 rows: L0 .* with a parent\nOpen .*out\/index\.html\n$/);

    const whole = JSON.parse(await Deno.readTextFile(`${folder}/out/explore.json`));
    const schema = JSON.parse(await Deno.readTextFile(`${folder}/out/explore.schema.json`));
    assertEquals(violations(whole, schema), []);
    assert(violations({ ...whole, rows: -1 }, schema).length > 0);

    const received = await receive(`${folder}/out`);
    const manifest = received.get("manifest") as Manifest;
    const { latents, $schema: _, undercount, ...facts } = whole;
    assertEquals(undercount, { pairs: 0, tokens: 0 });
    const { list, details, words, vocabulary, ...same } = manifest;
    assertEquals(same, facts);
    assertEquals([manifest.rows, manifest.context, manifest.hasTokens], [ROWS, 64, true]);
    assertEquals(manifest.levels.map(({ prefix }) => prefix), [6, 12, 24]);
    const pieces = Array.from({ length: details.pieces }, (_, n) => received.get(`details/${n}`));
    assertEquals(pieces.flat(), latents);

    const columns = received.get("list/0") as ListPiece;
    assertEquals([list.pieces, columns.from], [1, 0]);
    assertEquals(columns.count, latents.map(({ count }: LatentDetails) => count));
    assertEquals(columns.parent, latents.map((l: LatentDetails) => l.parent?.latent ?? -1));
    assertEquals(vocabulary, { firsts: [0] });
    const { tokens, texts } = received.get("vocabulary/0") as VocabularyPiece;
    assertEquals([tokens.length, texts[1], texts[4]], [WORDS.length, " of", "␇"]);
    assertEquals(received.size, 3 + details.pieces + words.buckets);
  }));

Deno.test("texts are those of the vocabulary, and the search finds every word of every example", () =>
  inFolder(async (folder) => {
    const args = await prepare(folder);
    assertEquals((await runHere([...args, "--tokens", `${folder}/vocab.json`])).code, 0);
    const received = await receive(`${folder}/out`);
    const { words, details } = received.get("manifest") as Manifest;
    const all = Array.from(
      { length: details.pieces },
      (_, n) => received.get(`details/${n}`) as LatentDetails[],
    ).flat();
    const shown = ["The", " of", "<script>", "\\u202eevil", "␇", "x".repeat(199) + "…"];
    let examples = 0;
    for (const { latent, top, quantiles, tokens } of all) {
      for (const example of [...top, ...quantiles.flatMap((each) => each.examples)]) {
        const first = example.row - example.peak;
        example.tokens.forEach((text, n) => {
          const token = TOKENS[first + n];
          if (token < shown.length) assertEquals(text, shown[token]);
          const word = text.trim().toLowerCase();
          const piece = received.get(`words/${wordBucket(word, words.buckets)}`) as WordPiece;
          if (word !== "") assert(Object.hasOwn(piece, word) && piece[word].includes(latent), word);
        });
        assertEquals(example.tokens.length, example.values.length);
        examples++;
      }
      assertLess(tokens.reduce((sum, { share }) => sum + share, 0), 1 + 1e-4);
    }
    assert(examples > 100);
  }));

Deno.test("a map, tokens in another file, sequences of three dimensions and rows from the middle", () =>
  inFolder(async (folder) => {
    const args = await prepare(folder);
    await writeRows(`${folder}/a.safetensors`, ROWS, undefined, [20, 15, 20]);
    const map = Object.fromEntries(WORDS.map((word, id) => [word, id]));
    await Deno.writeTextFile(`${folder}/map.json`, JSON.stringify(map));
    const tokens = await writeNpyTokens(`${folder}/tokens.npy`, TOKENS);
    const more = ["--tokens", `${folder}/map.json`, "--token-data", tokens, "--rows", "40:250"];
    const { code, stdout, stderr } = await runHere([
      ...args,
      ...more,
      "--levels",
      "8,24",
      "--json",
    ]);
    assertEquals(code, 0, stderr);
    const { rows, context, levels } = JSON.parse(stdout);
    assertEquals([rows, context, levels.length], [210, 15, 2]);
    const { latents } = JSON.parse(await Deno.readTextFile(`${folder}/out/explore.json`));
    const { row, peak, tokens: texts } = latents.flatMap((l: LatentDetails) => l.top)[0];
    assert(row >= 40 && row < 250);
    assertEquals(texts.length, row < 45 ? 5 : 15);
    if (TOKENS[row] === 0) assertEquals(texts[peak], "The");
  }));

Deno.test("without tokens examples have rows alone, and an explorer is replaced only with --force", () =>
  inFolder(async (folder) => {
    const args = await prepare(folder);
    assertEquals((await runHere([...args, "--context", "10"])).code, 0);
    const received = await receive(`${folder}/out`);
    const [{ top, tokens }] = received.get("details/0") as LatentDetails[];
    assertEquals([top[0].tokens, top[0].values.length, tokens], [[], 10, []]);
    const again = await runHere(args);
    assertEquals([again.code, again.stdout], [1, ""]);
    assertStringIncludes(again.stderr, "it holds an explorer already; --force replaces it");
    assertEquals((await runHere([...args, "--force", "--context", "30"])).code, 0);
    const { context } = (await receive(`${folder}/out`)).get("manifest") as Manifest;
    assertEquals(context, 30);
    assertEquals(names(folder), ["a.safetensors", "out", "sae.safetensors", "vocab.json"]);
  }));

Deno.test("what does not fit together is refused, and nothing is written", async (t) => {
  await inFolder(async (folder) => {
    const args = await prepare(folder);
    const vocabulary = ["--tokens", `${folder}/vocab.json`];
    const write = async (name: string, value: unknown) => {
      await Deno.writeTextFile(`${folder}/${name}`, JSON.stringify(value));
      return ["--tokens", `${folder}/${name}`];
    };
    const data = (path: string) => ["--data", path];
    const file = (name: string) => `${folder}/${name}`;
    const wide = await writeRows(file("wide.safetensors"), ROWS, TOKENS, [ROWS / 2, 40]);
    await Deno.mkdir(file("other"));
    await Deno.writeTextFile(file("other/notes.txt"), "mine");
    const cases: [string[], number, string][] = [
      [await write("short.json", WORDS.slice(0, 9)), 1, "has token 9 but it has 9 tokens"],
      [await write("hole.json", { a: 0, b: 40 }), 1, "row 1 has token 1 but it has no token 1"],
      [await write("twice.json", { a: 0, b: 0 }), 1, '"b" and another token both have 0'],
      [await write("number.json", [1]), 1, "its item 0 is the number 1"],
      [await write("text.json", "tokens"), 1, "is string"],
      [["--tokens", file("sae.safetensors")], 1, "it is not JSON"],
      [["--tokens", file("none.json")], 1, "no such file"],
      [
        [...vocabulary, ...data(await writeRows(file("bare.safetensors"), ROWS))],
        1,
        'it has no tensor "tokens" but "activations"; --token-data names a file of tokens',
      ],
      [
        [...vocabulary, ...data(await writeRows(file("few.safetensors"), ROWS, TOKENS.slice(1)))],
        1,
        "there are 299 tokens but it has 300 rows",
      ],
      [
        [...vocabulary, "--token-data", await writeNpyTokens(file("one.npy"), [1])],
        1,
        "there are 1 token but the data has 300 rows",
      ],
      [["--token-data", wide], 2, "--tokens is missing"],
      [data(wide), 1, "the autoencoder's inputSize is 20 but"],
      [["--levels", "12,6,24"], 2, "Cannot use --levels"],
      [["--levels", "12,48"], 2, "Cannot use --levels"],
      [["--context", "0"], 2, 'Cannot use --context "0"'],
      [["--out", file("other"), "--force"], 1, "it holds notes.txt and is not an explorer's"],
      [["--out", file("vocab.json"), "--force"], 1, "it exists and is not a folder"],
    ];
    const before = names(folder);
    for (const [more, code, message] of cases) {
      await t.step(message, async () => {
        const given = more.includes("--data") ? args.toSpliced(2, 2) : args;
        const result = await runHere([...given, ...more]);
        assertEquals([result.code, result.stdout], [code, ""], result.stderr);
        assertStringIncludes(result.stderr, message);
        assertEquals(names(folder), before);
      });
    }
  });
});

Deno.test("a failure while writing leaves nothing", () =>
  inFolder(async (folder) => {
    const args = await prepare(folder);
    // The first file beyond two blocks fails, as on a full disk.
    const { code, stderr } = await runCli(args, { fileBlocks: 2 });
    assertEquals(code, 1);
    assertMatch(stderr, /Cannot write .*out/);
    assertEquals(names(folder), ["a.safetensors", "sae.safetensors", "vocab.json"]);
  }));
