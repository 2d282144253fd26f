/**
 * Gives a recipe another activation.
 *
 * @module
 */
import type { Activation } from "../../model/activation.ts";
import type { PresetRecord } from "./preset.ts";

const TARGET = { rule: "given", of: "targetL0", optional: true } as const;
const K = { rule: "given", of: "k" } as const;

/** What each activation needs to be trained, where the recipe has another one. */
const NEEDS: Readonly<Record<Activation["kind"], PresetRecord>> = {
  relu: { activation: { kind: "relu" }, targetL0: TARGET },
  identity: { activation: { kind: "identity" }, targetL0: TARGET },
  topk: { activation: { kind: "topk", k: K } },
  batchtopk: { activation: { kind: "batchtopk", k: K } },
  jumprelu: {
    activation: { kind: "jumprelu", threshold: 0.01 },
    thresholdTraining: {},
    penalty: { kind: "l0", coefficient: 1 },
    targetL0: TARGET,
  },
};

/** The kinds of activation. */
export const ACTIVATION_KINDS: readonly Activation["kind"][] =
  /* @__PURE__ */ (() => Object.keys(NEEDS) as Activation["kind"][])();

/** Returns a record with another activation, without the parts that belong to its own. */
export function withActivation(record: PresetRecord, kind: Activation["kind"]): PresetRecord {
  const { activation = { kind: "relu" }, ...others } = record;
  if (activation.kind === kind) return record;
  const { penalty: _, targetL0: __, thresholdTraining: ___, ...further } = others;
  const { inferenceThreshold, annealedK, multiTopk: ____, ...shared } = further;
  if (!("k" in activation) || (kind !== "topk" && kind !== "batchtopk")) {
    return { ...shared, ...NEEDS[kind] };
  }
  // One way to keep the largest for the other: their rows and their batch differ in what is smallest.
  const threshold = inferenceThreshold && { ...inferenceThreshold, smallestOf: undefined };
  return {
    ...others,
    multiTopk: undefined,
    activation: { kind, k: activation.k },
    ...threshold && { inferenceThreshold: threshold },
    ...annealedK && { annealedK },
  };
}
