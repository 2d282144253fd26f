/**
 * `convert`: converts an autoencoder between formats.
 *
 * @module
 */
import type { Command, Option } from "commander";
import {
  type FloatDType,
  loadSae,
  readNpy,
  readNpyHeader,
  type SaeFormat,
  saveSae,
  WRITABLE_SAE_FORMATS,
  type WritableSaeFormat,
} from "@matryoshka/sae";
import { openFile, writeFileAtomically } from "@matryoshka/sae/files";
import {
  checkScaleKnown,
  convertSae,
  findLosses,
  furtherMetadata,
  rowErrors,
  weightChanges,
} from "../sae/conversion.ts";
import { asUsage, EXIT, UsageError } from "../terminal/failure.ts";
import { type OriginArguments, originOptions } from "../sae/origin_options.ts";
import { countOption, numberOption, wordOption } from "../terminal/options.ts";
import { scoped } from "../terminal/scope.ts";
import {
  checkOutputFile,
  checkOutputFolder,
  type OutputFiles,
  writeFolder,
} from "../files/output_files.ts";
import { formatOption, readSae } from "../files/sae_files.ts";

const EXAMPLES = `
Examples:
  The result of train for SAELens, whole and cut to its first 256 latents:
    deno task convert runs/first/sae.safetensors exported --to saelens
    deno task convert runs/first/sae.safetensors first256 --to saelens --prefix 256
  A quarter of the bytes, for serving:
    deno task convert runs/first/sae.safetensors int8.safetensors --to native --dtype int8
  An autoencoder of another library, in the format of this package:
    deno task convert gemma-scope-2b/layer_12 layer12.safetensors --to native
  An autoencoder that was trained on (x − mean) · 0.31, to take raw activations:
    deno task convert ae.pt raw.safetensors --to native --input-scale 0.31 --mean mean.npy`;

const DTYPES = ["f16", "bf16", "f32", "f64", "int8"];
/** Extensions of the formats that consist of one file. */
const EXTENSIONS: Partial<Record<WritableSaeFormat, string>> = {
  native: ".safetensors",
  gemma_scope: ".npz",
};
/** The names of files in any of the formats. */
const SAE_FILES = ["cfg.json", "sae_weights.safetensors", "sae.safetensors", "params.npz"];

interface ConvertArguments extends OriginArguments {
  readonly to: WritableSaeFormat;
  readonly from?: SaeFormat;
  readonly dtype: string;
  readonly prefix?: number;
  readonly inputScale?: number;
  readonly mean?: string;
  readonly threshold?: number;
  readonly decoderNorms: boolean;
  readonly force: boolean;
}

/** Adds the command; `finish` receives its exit code. */
export function addConvert(program: Command, finish: (code: number) => void): void {
  const command = program.command("convert")
    .description("Convert a sparse autoencoder from any library's files to another's")
    .argument("<in>", "the folder of an autoencoder, or its file of weights")
    .argument("<out>", "the folder to write; for native and gemma_scope it may be a file")
    .addOption(toOption().makeOptionMandatory())
    .addOption(formatOption())
    .addOption(
      wordOption("--dtype <format>", DTYPES, "format of the values; int8 for native alone")
        .default("f32"),
    )
    .addOption(countOption("--prefix <count>", "number of first latents to keep (default: all)"))
    .addOption(
      numberOption("--input-scale <scale>", "factor that inputs were multiplied by in training"),
    )
    .option("--mean <file>", ".npy with the mean that was subtracted before that, [inputSize]")
    .addOption(
      numberOption("--threshold <value>", "write batchtopk as jumprelu with this threshold"),
    )
    .option("--no-decoder-norms", "for saelens and jumprelu: do not scale decoder rows to length 1")
    .option("--force", "replace an existing autoencoder", false)
    .addHelpText("after", EXAMPLES)
    .action(async (from: string, to: string, args: ConvertArguments) =>
      finish(await convert(from, to, args))
    );
  for (const each of originOptions()) command.addOption(each);
}

function toOption(): Option {
  const option = wordOption("--to <format>", WRITABLE_SAE_FORMATS, "format to write");
  const check = option.parseArg!;
  return option.argParser((text) => {
    if (text !== "dictionary_learning" && text !== "openai") return check(text, undefined);
    throw new UsageError(
      `Cannot use --to "${text}": this format can only be read; ` +
        `${WRITABLE_SAE_FORMATS.join(", ")} can be written`,
    );
  });
}

async function convert(from: string, to: string, args: ConvertArguments): Promise<number> {
  const place = await checkPlace(to, args);
  const { sae: loaded } = await readSae(from, args.from);
  if (args.to !== "saelens" && args.to !== "native") {
    checkScaleKnown(loaded, args.inputScale, `convert ${from} to ${args.to}`);
  }
  const mean = args.mean === undefined ? undefined : await readMean(args.mean);
  const options = { ...args, mean };
  const { sae, notes } = asUsage(() => convertSae(loaded, options));
  const dtype = args.dtype === "int8" ? "int8" : args.dtype.toUpperCase() as FloatDType;
  if (dtype === "int8" && loaded.source.dtype === "I8") {
    notes.push(
      "weights in I8 are written in int8 again: error bounds are against the weights as read",
    );
  }
  const metadata = furtherMetadata(loaded);
  const files = asUsage(() =>
    saveSae(sae, args.to, { dtype, foldDecoderNorms: args.decoderNorms, metadata })
  );
  // Read back, so that the summary describes the file as written.
  const written = await loadSae(files, { format: args.to });
  await write(to, place, files);
  const { inputSize, latentCount } = sae.parameters;
  const { source } = loaded;
  const folded = args.inputScale !== undefined || mean !== undefined;
  for (const note of [...notes, ...findLosses(loaded, sae, written)]) {
    console.error(`Note: ${note}`);
  }
  console.log(
    `Converted ${from} (${source.format}, ${source.kind}, ${source.dtype}) to ${to} ` +
      `(${args.to}, ${written.source.kind}, ${written.source.dtype}): ` +
      `${latentCount} latents on inputs of ${inputSize}; ` +
      `${folded ? "after folding, " : ""}${weightChanges(sae, written)}`,
  );
  if (dtype === "int8") console.log(rowErrors(sae, written));
  return EXIT.done;
}

/** Decides whether `out` becomes a file or a folder; throws if something is there that must not be replaced. */
async function checkPlace(
  out: string,
  { to, force }: ConvertArguments,
): Promise<"file" | "folder"> {
  const extension = EXTENSIONS[to];
  if (extension !== undefined && out.endsWith(extension)) {
    await checkOutputFile(out, force);
    return "file";
  }
  if (/\.(safetensors|npz|pt|json)$/.test(out)) {
    const what = extension ? `a folder or ends with ${extension}` : "a folder, of two files";
    throw new UsageError(`Cannot write ${out}: the output of --to ${to} is ${what}`);
  }
  await checkOutputFolder(out, force, SAE_FILES);
  return "folder";
}

async function write(out: string, place: "file" | "folder", files: OutputFiles): Promise<void> {
  if (place === "folder") await writeFolder(out, files);
  else await writeFileAtomically(out, Object.values(files)[0]);
}

function readMean(path: string): Promise<Float32Array> {
  return scoped(async (scope) => {
    const source = scope.use(await openFile(path));
    const header = await readNpyHeader(source);
    const mean = await readNpy(source, undefined, header);
    const bad = mean.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new RangeError(`Cannot fold the input mean: element ${bad} of ${path} is ${mean[bad]}`);
    }
    return mean;
  });
}
