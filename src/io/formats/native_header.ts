/**
 * Reads the header of the package's own files.
 *
 * @module
 */
import type { Activation } from "../../model/activation.ts";
import { checkPrefix } from "../../model/latent_prefix.ts";
import { PARAMETER_NAMES, parameterShapes } from "../../model/parameters.ts";
import { isFloatDType } from "../arrays/floats.ts";
import type { SafetensorsHeader } from "../arrays/safetensors.ts";
import { INT8_NAMES, INT8_VERSION, NATIVE_FORMAT, NATIVE_VERSION } from "./native_layout.ts";

/** What the header of a file says of its tensors, checked. */
export interface NativeShape {
  readonly inputSize: number;
  /** The number of latents in the file. */
  readonly wholeCount: number;
  /** The number of latents to read. */
  readonly latentCount: number;
  /** The activation, unchecked and without θ. */
  readonly activation: Activation;
  /** The names of all tensors. */
  readonly names: readonly string[];
  /** Whether its weights are in int8. */
  readonly int8: boolean;
}

/** Checks format, names, shapes and types; with a prefix, p latents are to be read. */
export function nativeShape(
  header: SafetensorsHeader,
  prefix: number | undefined,
  task: string,
): NativeShape {
  const { format, version } = header.metadata;
  if (format !== NATIVE_FORMAT || version !== NATIVE_VERSION && version !== INT8_VERSION) {
    throw new TypeError(
      `Cannot ${task}: its format must be "${NATIVE_FORMAT}" version ${NATIVE_VERSION} or ${INT8_VERSION} ` +
        `but is ${format === undefined ? "not given" : `"${format}" version ${version}`}`,
    );
  }
  const int8 = version === INT8_VERSION;
  const shape = shapeOf(header, "encoder", task);
  if (shape.length !== 2) {
    throw new RangeError(`Cannot ${task}: encoder must be [N, d] but is [${shape}]`);
  }
  const [wholeCount, inputSize] = shape;
  const activation = parse<Activation>(header, "activation", task);
  const perLatent = [
    ...activation?.kind === "jumprelu" ? ["threshold"] : [],
    ...int8 ? INT8_NAMES : [],
  ];
  const shapes: Record<string, readonly number[]> = {
    ...parameterShapes(inputSize, wholeCount),
    ...Object.fromEntries(perLatent.map((name) => [name, [wholeCount]])),
  };
  const names = [...PARAMETER_NAMES, ...perLatent];
  for (const name of names) {
    const found = shapeOf(header, name, task);
    if (`${found}` === `${shapes[name]}`) continue;
    const wanted = `[${shapes[name]}] beside encoder [${shape}]`;
    throw new RangeError(`Cannot ${task}: ${name} must be ${wanted} but is [${found}]`);
  }
  for (const name of ["encoder", "decoder"]) {
    const { dtype } = header.tensors.get(name)!;
    if (int8 ? dtype === "I8" : isFloatDType(dtype)) continue;
    const wanted = int8 ? "I8" : "F16, BF16, F32 or F64";
    throw new TypeError(
      `Cannot ${task}: ${name} must be ${wanted} in version ${version} but is ${dtype}`,
    );
  }
  const latentCount = checkPrefix(prefix ?? wholeCount, wholeCount, task);
  return { inputSize, wholeCount, latentCount, activation, names, int8 };
}

function shapeOf(header: SafetensorsHeader, name: string, task: string): readonly number[] {
  const entry = header.tensors.get(name);
  if (entry) return entry.shape;
  const names = [...header.tensors.keys()].join(", ") || "none";
  throw new RangeError(`Cannot ${task}: it lacks the tensor "${name}", its tensors are ${names}`);
}

/** Parses metadata. */
export function parse<T>({ metadata }: SafetensorsHeader, name: string, task: string): T {
  try {
    return JSON.parse(metadata[name]);
  } catch {
    const found = metadata[name] === undefined ? "missing" : `"${metadata[name]}"`;
    throw new TypeError(`Cannot ${task}: its metadata "${name}" must be JSON but is ${found}`);
  }
}

/** Parses metadata that older files lack. */
export function parseIfGiven<T>(
  header: SafetensorsHeader,
  name: string,
  task: string,
): T | undefined {
  return header.metadata[name] === undefined ? undefined : parse<T>(header, name, task);
}
