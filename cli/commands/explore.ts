/**
 * `explore`: writes a folder of static files that show what each latent of an autoencoder responds to.
 *
 * @module
 */
import { basename } from "node:path";
import { type Command, Option } from "commander";
import {
  checkPrefixes,
  exploreLatents,
  type LatentExploration,
  type Sae,
  saeFingerprint,
  saveSae,
  SparseAutoencoder,
} from "@matryoshka/sae";
import type { TokenTexts } from "../explore/details.ts";
import { type ManifestFacts, manifestFacts } from "../explore/pieces.ts";
import { readTokens } from "../explore/token_input.ts";
import { Vocabulary } from "../explore/vocabulary.ts";
import { checkExplorerFolder, writeExplorer } from "../explore/write_explorer.ts";
import { ACTIVATION_FILES, type ActivationFiles } from "../files/activation_files.ts";
import {
  type ActivationArguments,
  type ActivationInput,
  addActivationOptions,
  openActivations,
} from "../files/activation_input.ts";
import { readSae } from "../files/sae_files.ts";
import { evaluationPrefixes } from "../sae/evaluation.ts";
import { asUsage, EXIT, UsageError } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";
import { countOption, openBackend, prefixesOption } from "../terminal/options.ts";
import { type Scope, scoped } from "../terminal/scope.ts";
import { counted, formatNumber } from "../terminal/text.ts";

const EXAMPLES = `
Examples:
  deno task explore runs/first --data layer2.safetensors --tokens vocab.json --out explore
  deno task explore ae.pt --data 'acts/*.npy' --tokens vocab.json --token-data tokens.npy --context 128 --out explore
  deno task explore runs/first --data a.safetensors --levels 64,256,1024 --rows :100000 --out explore

Then open explore/index.html, or put the folder on any web server.`;

/** Rows per sequence where the data does not say. */
const CONTEXT = 64;

interface ExploreArguments extends ActivationArguments {
  readonly data: string[];
  readonly tokens?: string;
  readonly tokenData?: string;
  readonly context?: number;
  readonly levels?: number[];
  readonly out: string;
  readonly force: boolean;
  readonly json: boolean;
}

/** Adds the command; `finish` receives its exit code. */
export function addExplore(program: Command, finish: (code: number) => void): void {
  const command = program.command("explore")
    .description("Write a page that shows what each latent responds to, and the tree of latents")
    .argument("<sae>", "the folder of an autoencoder of any library, or its file of weights")
    .addOption(new Option("--data <file...>", ACTIVATION_FILES).makeOptionMandatory())
    .requiredOption("--out <folder>", "the folder to write")
    .option("--tokens <file>", "vocabulary: a JSON list of tokens, or a map from tokens to numbers")
    .option(
      "--token-data <file>",
      'tokens of the rows, .safetensors or .npy (default: tensor "tokens" of the data)',
    )
    .addOption(
      countOption(
        "--context <tokens>",
        `tokens per sequence (default: seq of [batch, seq, inputSize], otherwise ${CONTEXT})`,
      ),
    )
    .addOption(prefixesOption("--levels <list>", "levels of the tree (default: prefixes)", false))
    .option("--force", "replace an existing explorer", false)
    .option("--json", "print the summary as JSON", false)
    .addHelpText("after", EXAMPLES)
    .action(async (sae: string, args: ExploreArguments) =>
      finish(await scoped((scope) => explore(sae, args, scope)))
    );
  addActivationOptions(command, "explore");
}

/** Explores, writes the folder and returns the exit code. */
export async function explore(
  path: string,
  args: ExploreArguments,
  scope: Scope,
): Promise<number> {
  const { out, force } = args;
  if (args.tokenData !== undefined && args.tokens === undefined) {
    throw new UsageError(`Cannot use --token-data ${args.tokenData}: --tokens is missing`);
  }
  const { sae: loaded } = await readSae(path, args.from);
  const input = scope.use(await openActivations(loaded, args.data, args, `explore ${path}`));
  const { sae, files, batches } = input;
  const { latentCount } = sae.parameters;
  const levels = args.levels ?? evaluationPrefixes(sae.prefixes, latentCount);
  asUsage(() => checkPrefixes(levels, latentCount, "use --levels"));
  await checkExplorerFolder(out, force);
  const context = args.context ?? contextOf(files);
  const texts = await textsOf(args, input);
  const backend = scope.use(await openBackend(args));
  const model = scope.use(SparseAutoencoder.fromSae(backend, sae));
  const exploration = await files.inOrder(
    "explored rows",
    batches,
    (rows) =>
      exploreLatents(model, rows, {
        levels,
        tokens: texts?.tokens,
        context,
        firstRow: batches.rows.from,
      }),
  );
  const data = args.data.map((path) => basename(path)).join(" ");
  const explored = { exploration, texts };
  const facts: ManifestFacts = {
    ...manifestFacts({ title: titleOf(path), sae: path, data }, sae.activation, explored),
    fingerprint: await saeFingerprint(sae),
  };
  const file = saveSae(sae, "native")["sae.safetensors"];
  await writeExplorer(out, { explored, facts, sae: file });
  const children = exploration.latents.filter(({ parent }) => parent).length;
  console.log(
    args.json ? jsonText({ out, children, ...facts }) : summary(out, exploration, children),
  );
  return EXIT.done;
}

/** Returns the length of sequences that the data tells, otherwise the usual one, with a note. */
function contextOf({ description: { shards } }: ActivationFiles): number {
  const lengths = new Set(shards.map(({ shape }) => shape?.[1]));
  const [length] = lengths;
  if (lengths.size === 1 && length !== undefined) return length;
  console.error(`Note: rows are taken as sequences of ${CONTEXT} tokens, see --context`);
  return CONTEXT;
}

/** Reads the vocabulary and the tokens of the rows, if tokens are asked for. */
async function textsOf(
  { tokens: path, tokenData }: ExploreArguments,
  { files, batches: { rows } }: ActivationInput<Sae>,
): Promise<TokenTexts | undefined> {
  if (path === undefined) return undefined;
  const vocabulary = await Vocabulary.read(path);
  const all = await readTokens(files.description.shards, tokenData);
  const tokens = all.slice(rows.from, rows.to);
  vocabulary.check(tokens, rows.from);
  return { tokens, firstRow: rows.from, vocabulary };
}

/** Returns the name of a run's folder, or of a file. */
function titleOf(path: string): string {
  const name = basename(path);
  return name === "sae.safetensors" && basename(path.slice(0, -name.length)) || name;
}

function summary(out: string, exploration: LatentExploration, children: number): string {
  const { rows, latentCount, deadLatents, l0, undercount } = exploration;
  const lines = [
    `Explored ${counted(rows, "row")}: L0 ${
      formatNumber(l0)
    }, ${deadLatents} of ${latentCount} latents dead, ` +
    `${children} with a parent`,
  ];
  const most = Math.max(undercount.pairs, undercount.tokens);
  if (most > 0) {
    lines.push(
      `Counts of tokens and pairs may be too low by ${
        formatNumber(100 * most)
      } % of a latent's rows`,
    );
  }
  return [...lines, `Open ${out}/index.html`].join("\n");
}
