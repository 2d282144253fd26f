/** Runs the command line as a user would, and makes data for it. */
import { encodeSafetensors, Random, ToyTree } from "../../mod.ts";

const ROOT = new URL("../../", import.meta.url);
const MAIN = ["run", "-R", "-W", "-E", "cli/main.ts"];

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the process has to bear. */
export interface Circumstances {
  /** Environment variables. */
  readonly env?: Record<string, string>;
  /** No file may be longer than so many blocks of 1,024 bytes: writing more fails, as on a full disk. */
  readonly fileBlocks?: number;
  /** A folder that may not be written to. */
  readonly denied?: string;
}

/** A child process, for tests that do more than wait. */
export function spawnCli(args: readonly string[], circumstances: Circumstances = {}) {
  const { env, fileBlocks, denied } = circumstances;
  const [run, ...rest] = MAIN;
  const all = [run, ...(denied === undefined ? [] : [`--deny-write=${denied}`]), ...rest, ...args];
  // The signal that comes with the limit would end the process before it sees the error.
  const limit = `trap '' XFSZ; ulimit -f ${fileBlocks}; exec "$@"`;
  const [program, ...before] = fileBlocks === undefined
    ? [Deno.execPath()]
    : ["bash", "-c", limit, "bash", Deno.execPath()];
  return new Deno.Command(program, {
    args: [...before, ...all],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs to the end. */
export async function runCli(
  args: readonly string[],
  circumstances: Circumstances = {},
): Promise<CliResult> {
  const { code, stdout, stderr } = await spawnCli(args, circumstances).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

export { inFolder, names } from "../folders.ts";

/** Rows of the toy tree, [rows, 20]. */
export function toyRows(rows: number, seed: number): Float32Array {
  return ToyTree.create({ seed: 77 }).sample(rows, Random.fromSeed(seed, 9)).batch;
}

/** Writes toy rows as a `.npy` file, and gives its path. */
export async function writeNpy(path: string, rows: number, seed: number): Promise<string> {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, 20), }`;
  const text = header.padEnd(117) + "\n";
  const head = new Uint8Array([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, text.length, 0]);
  const values = new Uint8Array(new Float32Array(toyRows(rows, seed)).buffer);
  await Deno.writeFile(path, new Blob([head, text, values]).stream());
  return path;
}

/** Writes toy rows as the tensor `activations` of a safetensors file, and gives its path. */
export async function writeSafetensors(path: string, rows: number, seed: number): Promise<string> {
  const data = toyRows(rows, seed);
  const tensors = { activations: { shape: [rows, 20], data, dtype: "F16" as const } };
  await Deno.writeFile(path, encodeSafetensors(tensors));
  return path;
}

/** A short training run by the trainer's defaults on these files. Later options replace earlier ones. */
export function trainArgs(data: readonly string[], out: string, ...more: string[]): string[] {
  const args = ["train", "--data", ...data, "--preset", "default", "--latents", "24"];
  args.push(
    "--prefixes",
    "4",
    "--steps",
    "200",
    "--batch",
    "64",
    "--shuffle-rows",
    "500",
    "--target-l0",
    "2",
    "--learning-rate",
    "0.01",
  );
  return [...args, "--backend", "reference", "--out", out, ...more];
}
