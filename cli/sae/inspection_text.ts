import type { DecoderCosines, Inspection, Spread } from "./inspection.ts";
import { histogramText } from "../terminal/histogram.ts";
import type { LatentActivity } from "./latent_activity.ts";
import { counted, formatNumber, smallPercent, textTable } from "../terminal/text.ts";

/** The result of `inspect`. */
export interface InspectionReport extends Inspection {
  readonly files: readonly { readonly name: string; readonly size: number }[];
  readonly cosines?: DecoderCosines;
  readonly activity?: LatentActivity;
}

/** Writes the result of `inspect` as text. */
export function inspectionText(report: InspectionReport): string {
  const { latentCount: N, deadByWeights: dead, cosines, activity } = report;
  const parts = [
    facts(report).map(([name, value]) => `${name.padEnd(20)}${value}`).join("\n"),
    normsTable(report),
    `dead by the weights alone: ${dead.either} of ${N} latents ` +
    `(${dead.neverActive} that no input activates, ${dead.zeroDecoder} with a zero decoder row)`,
    "latents by decoder norm\n" + histogramText(report.decoderNorms, formatNumber),
  ];
  if (cosines) parts.push(cosinesText(cosines, N));
  if (activity) parts.push(activityText(activity, N));
  else parts.push("--activations FILE counts the latents that are dead on data");
  return parts.join("\n\n");
}

function facts(report: InspectionReport): [string, string][] {
  const { format, kind, dtype, inputSize, latentCount, activation, prefixes } = report;
  const { trainedActivation: trained } = report;
  const { kind: normalization, ...how } = report.inputNormalization;
  const lines: [string, string][] = [
    ["format", `${format} (${kind}), ${dtype}`],
    ["files", report.files.map(({ name, size }) => `${name} (${size} bytes)`).join(", ")],
    ["created by", report.createdBy ?? "not known"],
    ["model", report.modelName ?? "not known"],
    ["hook", report.hookName ?? "not known"],
    ["fingerprint", report.fingerprint],
    [
      "shape",
      `${latentCount} latents on inputs of ${inputSize}, ` +
      `${report.parameterCount.toLocaleString("en-US")} parameters`,
    ],
    ["activation", activationText(activation)],
    ...trained ? [["trained as", `${trained.kind}, k ${trained.k}`] as [string, string]] : [],
    ["prefixes", prefixesText(prefixes)],
    ["encoder sees", report.subtractDecoderBias ? "x − c, c the decoder's bias" : "x"],
    [
      "input normalisation",
      Object.keys(how).length ? `${normalization} ${JSON.stringify(how)}` : normalization,
    ],
  ];
  // Files whose scale is not known say 1, too.
  if (report.inputScale !== undefined && report.inputScale !== 1) {
    lines.push([
      "input scale",
      `${formatNumber(report.inputScale)} in training, folded into the weights`,
    ]);
  }
  return lines;
}

function activationText({ kind, k, threshold }: Inspection["activation"]): string {
  if (k !== undefined) return `${kind}, k ${k}`;
  return threshold ? `${kind}, thresholds ${spreadText(threshold)}` : kind;
}

function prefixesText(prefixes: Inspection["prefixes"]): string {
  if (prefixes === undefined) return "not known";
  return typeof prefixes === "number" ? `${prefixes}, drawn at each step` : prefixes.join(", ");
}

const spreadText = ({ minimum, median, maximum }: Spread): string =>
  `${formatNumber(minimum)} to ${formatNumber(maximum)}, median ${formatNumber(median)}`;

function normsTable({ norms }: Inspection): string {
  const row = (name: string, { minimum, median, maximum }: Spread) => {
    return [name, ...[minimum, median, maximum].map(formatNumber)];
  };
  return textTable(["over the latents", "minimum", "median", "maximum"], [
    row("norm of encoder row", norms.encoderRows),
    row("norm of decoder row", norms.decoderRows),
    row("encoder bias", norms.encoderBias),
  ]) + `\nnorm of the decoder's bias: ${formatNumber(norms.decoderBias)}`;
}

function cosinesText({ closest, above09, ...most }: DecoderCosines, latentCount: number): string {
  return `closest other decoder row of each latent: cosine ${spreadText(most)}; ` +
    `${above09} of ${latentCount} above 0.9; closest are ${closest.join(" and ")}`;
}

function activityText(activity: LatentActivity, latentCount: number): string {
  const { rows, l0, deadLatents, denseLatents, log10Frequency } = activity;
  const text =
    `on ${counted(rows, "row")}: L0 ${
      formatNumber(l0)
    }, ${deadLatents} of ${latentCount} latents dead ` +
    `(active in no row), ${denseLatents} active in more than 10 % of the rows`;
  if (log10Frequency.counts.length === 0) return text;
  return `${text}\nlatents by share of rows in which they are active, the dead left out\n` +
    histogramText(log10Frequency, (edge) => smallPercent(10 ** edge));
}
