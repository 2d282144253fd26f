/** The checkpoints of other libraries in `golden/interop`, and what they compute. */

const FOLDER = new URL("../../golden/interop/", import.meta.url);

/** Expected values in float64 for inputs that are exact in float32. */
export interface ExpectedCodes {
  rows: number;
  inputSize: number;
  latentCount: number;
  x: number[];
  activations: number[];
  reconstruction: number[];
  prefixes?: number[];
}

/** The names of the checkpoints. */
export const INTEROP_NAMES: readonly string[] = [
  "dictionary_learning_batch_top_k",
  "dictionary_learning_matryoshka",
  "gemma_scope",
  "saelens_jumprelu_bf16",
  "saelens_standard",
  "saelens_topk",
  "sparsify",
];

/** All files of a checkpoint by their names, `expected.json` among them. */
export async function interopFiles(name: string): Promise<Record<string, Uint8Array>> {
  const folder = new URL(`${name}/`, FOLDER);
  const files: Record<string, Uint8Array> = {};
  for await (const { name } of Deno.readDir(folder)) {
    files[name] = await Deno.readFile(new URL(name, folder));
  }
  return files;
}

/** What a checkpoint computes. */
export async function interopExpected(name: string): Promise<ExpectedCodes> {
  return JSON.parse(await Deno.readTextFile(new URL(`${name}/expected.json`, FOLDER)));
}
