/**
 * `encode`: encodes files of activations to a file of sparse codes.
 *
 * @module
 */
import type { Command } from "commander";
import { evenShare, saeFingerprint, SparseAutoencoder } from "@matryoshka/sae";
import {
  type ActivationArguments,
  addActivationOptions,
  openActivations,
} from "../files/activation_input.ts";
import {
  ACTIVATION_FILES,
  type ActivationFiles,
  type BatchOptions,
} from "../files/activation_files.ts";
import { CodesOutput } from "../files/codes_output.ts";
import { mpiOption, overRanks } from "../ranks/connection.ts";
import type { Ranks } from "../ranks/ranks.ts";
import { endTogether, inRounds } from "../ranks/rounds.ts";
import { checkSameInput } from "../ranks/same_input.ts";
import { EXIT } from "../terminal/failure.ts";
import { jsonText } from "../terminal/json.ts";
import { openBackend } from "../terminal/options.ts";
import { checkOutputFile } from "../files/output_files.ts";
import { readSae } from "../files/sae_files.ts";
import { type Scope, scoped } from "../terminal/scope.ts";
import { StopSignal, yieldToEvents } from "../terminal/stop_signal.ts";
import { counted, formatNumber } from "../terminal/text.ts";
import { CREATED_BY } from "../version.ts";

const EXAMPLES = `
Examples:
  deno task encode runs/first/sae.safetensors layer2.safetensors --out codes.safetensors
  deno task encode ae.pt 'acts/*.npy' --rows :100000 --out codes.safetensors
  mpirun -n 8 deno task encode --mpi ae.pt 'acts/*.npy' --out codes.safetensors   # the same file, by 8 ranks

Read the codes with readCodes of this package, or in Python:
  t = safetensors.numpy.load_file("codes.safetensors")
  codes = scipy.sparse.csr_matrix((t["values"], t["indices"], t["rowOffsets"]), shape=(rows, latents))`;

const STOP_NOTICE = "Stopping after this batch. Press Ctrl-C again to stop at once.";

interface EncodeArguments extends ActivationArguments {
  readonly out: string;
  readonly force: boolean;
  readonly json: boolean;
  readonly mpi?: boolean;
}

/** Adds the command; `finish` receives its exit code. */
export function addEncode(program: Command, finish: (code: number) => void): void {
  const command = program.command("encode")
    .description("Encode activations to sparse codes: the active latents of each row")
    .argument("<sae>", "the folder of an autoencoder, or its file of weights")
    .argument("<activations...>", ACTIVATION_FILES)
    .requiredOption("--out <file>", "the file of codes to write, in safetensors")
    .option("--force", "replace an existing file", false)
    .option("--json", "print the result as JSON", false)
    .addOption(mpiOption("encode"))
    .addHelpText("after", EXAMPLES)
    .action(async (sae: string, activations: string[], args: EncodeArguments) =>
      finish(
        await overRanks(
          args.mpi,
          (ranks) => scoped((scope) => encode(sae, activations, args, { ranks, scope })),
        ),
      )
    );
  addActivationOptions(command, "encode");
}

/** Encodes, prints the result and returns the exit code. Collective. */
export async function encode(
  path: string,
  activations: readonly string[],
  args: EncodeArguments,
  { ranks, scope }: { ranks: Ranks; scope: Scope },
): Promise<number> {
  const { out, force } = args;
  await ranks.onFirst(async () => {
    await checkOutputFile(out, force);
    await CodesOutput.removeLeftovers(out);
  });
  const { input, backend, model } = await ranks.together(async () => {
    const { sae: loaded } = await readSae(path, args.from);
    const input = scope.use(
      await openActivations(loaded, activations, args, `encode with ${path}`),
    );
    const backend = scope.use(await openBackend(args));
    return { input, backend, model: scope.use(SparseAutoencoder.fromSae(backend, input.sae)) };
  });
  const { sae, files, batches } = input;
  await checkSameInput(ranks, { args, sae, files, backend }, "encode");
  const output = scope.use(new CodesOutput(out, model.latentCount));
  const stop = scope.use(new StopSignal(STOP_NOTICE));
  const all = batches.rows.to - batches.rows.from;
  const { done, entries } = await encodeRows(model, files, rowsOfRank(batches, ranks), {
    output,
    stop,
    ranks,
  });
  if (done < all) {
    console.error(`Interrupted after ${done} of ${counted(all, "row")}: nothing was written`);
    return EXIT.interrupted;
  }
  const autoencoder = await saeFingerprint(sae);
  await output.save({ autoencoder, createdBy: CREATED_BY }, ranks);
  const { latentCount } = model, l0 = entries / done;
  console.log(
    args.json
      ? jsonText({ out, rows: done, latentCount, entries, l0, autoencoder })
      : `Encoded ${counted(done, "row")} to ${out}: ${counted(entries, "activation")}, L0 ${
        formatNumber(l0)
      } of ${latentCount} latents`,
  );
  return EXIT.done;
}

/** Returns the rows of this rank: a range of whole batches, so that the batches are those of a single process. */
function rowsOfRank({ rows, batchRows }: BatchOptions, { communicator }: Ranks): BatchOptions {
  const { rank, size } = communicator ?? { rank: 0, size: 1 };
  const all = rows.to - rows.from;
  const share = evenShare(Math.ceil(all / batchRows), size, rank);
  const first = (batch: number) => Math.min(rows.from + batch * batchRows, rows.to);
  const own = { from: first(share.from), to: first(share.to) };
  return { rows: own, batchRows, together: { rows: all, ranks: size } };
}

/** Encodes the rows of this rank, while the others encode theirs, and returns the counts of all. Collective. */
async function encodeRows(
  model: SparseAutoencoder,
  files: ActivationFiles,
  batches: BatchOptions,
  { output, stop, ranks }: { output: CodesOutput; stop: StopSignal; ranks: Ranks },
): Promise<{ done: number; entries: number }> {
  const counts = new Float64Array(2);
  const encodeAll = async (rows: AsyncIterable<Float32Array>) => {
    const encoded = model.encodeRows(rows);
    try {
      await inRounds(ranks, stop, async () => {
        const { value: codes, done } = await encoded.next();
        if (done) return false;
        await output.append(codes);
        counts[0] += codes.rows;
        counts[1] += codes.values.length;
        await yieldToEvents();
        return true;
      });
    } finally {
      await encoded.return();
    }
  };
  await endTogether(ranks, () => files.inOrder("encoded rows", batches, encodeAll));
  await ranks.communicator?.allReduce(counts);
  const [done, entries] = counts;
  return { done, entries };
}
