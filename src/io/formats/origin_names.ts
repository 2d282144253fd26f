/**
 * The names of the model and of the hook point that an autoencoder's inputs came from.
 *
 * @module
 */
import type { Sae } from "../../model/sae.ts";
import type { Config } from "./config.ts";

/** The names, as far as they are known. */
export type OriginNames = Pick<Sae, "modelName" | "hookName">;

/** A part of a configuration, and the keys under which libraries keep the two names there. */
export interface NamePlace {
  readonly config: Config;
  readonly model: string;
  readonly hook: string;
}

/** Returns each name from the first place that has it. Configurations may hold anything there; only text counts. */
export function originNames(places: readonly NamePlace[]): OriginNames {
  const model = places.map(({ config, model }) => config.get(model)).find(isName);
  const hook = places.map(({ config, hook }) => config.get(hook)).find(isName);
  return knownNames({ modelName: model, hookName: hook });
}

/** Returns the names that are given and not empty, without keys for the others. */
export function knownNames({ modelName, hookName }: OriginNames): OriginNames {
  return { ...modelName && { modelName }, ...hookName && { hookName } };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
