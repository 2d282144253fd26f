/**
 * Makes sure that all ranks of a command have the same options, data and versions.
 *
 * @module
 */
import { checkSameOnAllRanks } from "@matryoshka/sae";
import type { Ranks } from "./ranks.ts";

/**
 * Throws on all ranks unless they give the same facts, by names for people. Collective.
 *
 * @param task The task for error messages, such as `train`.
 */
export async function checkSame(
  ranks: Ranks,
  facts: Readonly<Record<string, unknown>>,
  task: string,
): Promise<void> {
  const { communicator } = ranks;
  if (communicator === undefined) return;
  await ranks.together(() => checkSameOnAllRanks(communicator, facts, task));
}

/** Returns the arguments of a command, named by their flags. */
export function byFlags(args: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [flagOf(name), value]),
  );
}

const flagOf = (name: string): string =>
  "--" + name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
