/** Writes what `pytorch_cuda.py` needs: inputs, and numbers to agree with. */

import { encodeSafetensors, type TensorData } from "../../src/io/arrays/safetensors.ts";
import { PARAMETER_NAMES, parameterShapes } from "../../src/model/parameters.ts";
import type { Outcome } from "../harness/peer.ts";
import { type Problem, STEP } from "../harness/problem.ts";
import type { Slack } from "./gates.ts";

/** Rows of a gradient that are compared: all of a large one would double the file. */
const ROWS = 512;

/** The path of the file. */
export async function writeForPyTorch(
  folder: string,
  name: string,
  { shape, aimed, prefixes, parameters, batch }: Problem,
  { loss, gradients }: Outcome,
  { tolerance, active }: Slack,
): Promise<string> {
  const { B, d, N } = shape;
  const shapes = parameterShapes(d, N);
  const tensors: Record<string, TensorData> = { batch: { shape: [B, d], data: batch } };
  for (const key of PARAMETER_NAMES) {
    tensors[key] = { shape: shapes[key], data: parameters[key] };
    tensors[`gradient.${key}`] = sample(gradients![key], shapes[key]);
  }
  const density = active / (B * N);
  const job = { name, shape, density, prefixes, constants: STEP, loss, tolerance };
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}/${name.replaceAll(",", "-")}_${aimed.toPrecision(3)}.safetensors`;
  await Deno.writeFile(path, encodeSafetensors(tensors, { job: JSON.stringify(job) }));
  return `wrote ${path}`;
}

/** Every ⌈n / ROWS⌉-th row: what Python takes as `gradient[::step]`. */
function sample(data: Float32Array, [rows, width = 1]: readonly number[]): TensorData {
  const step = Math.ceil(rows / ROWS), count = Math.ceil(rows / step);
  const kept = new Float32Array(count * width);
  for (let n = 0; n < count; n++) {
    kept.set(data.subarray(n * step * width, (n * step + 1) * width), n * width);
  }
  return { shape: width > 1 ? [count, width] : [count], data: kept };
}
