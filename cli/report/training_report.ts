/**
 * The report of a training run.
 *
 * @module
 */
import { duration } from "../terminal/text.ts";
import { finite } from "./curves.ts";
import { factsOf } from "./facts.ts";
import { factsHtml, type Section, tilesHtml } from "./figure.ts";
import { html, type Markup } from "./html.ts";
import { pageHtml } from "./page.ts";
import type { RecordedRun, RunRecord } from "./recorded_run.ts";
import {
  count,
  decoderSection,
  latentsSection,
  prefixesSection,
  targetL0,
  trainingSection,
} from "./training_sections.ts";

/** Writes the page of a run. */
export function trainingReport(run: RecordedRun): Promise<string> {
  return pageHtml({
    title: `Training report: ${run.name}`,
    header: header(run),
    sections: [
      trainingSection(run),
      prefixesSection(run),
      latentsSection(run),
      decoderSection(run),
      settingsSection(run),
    ],
    footer: "Written by @matryoshka/sae. The page loads nothing and runs no script.",
  });
}

function header({ record, metrics, measured }: RecordedRun): Markup[] {
  const { options, environment, data, steps = metrics.at(-1)?.step ?? 0, stoppedEarly } = record;
  const { seconds, rowsPerSecond } = record;
  const backend = environment?.backend;
  const last = metrics.at(-1), full = measured?.perPrefix.at(-1);
  const where = measured?.heldOut
    ? "on rows held out"
    : measured
    ? "on rows of training"
    : "last batch";
  const target = targetL0(record);
  return [
    html`<p>${count(options?.latents)} latents on inputs of ${count(data?.inputSize)}, ${
      count(steps)
    }
steps of ${count(options?.batch)} rows, on ${backend?.name ?? "an unknown backend"}${
      backend?.description && ` (${backend.description})`
    }.</p>`,
    stoppedEarly === undefined
      ? html``
      : html`<p class="notice" role="note"><strong>Stopped early</strong>
after step ${count(steps)} of ${count(options?.steps)}: ${stoppedEarly}</p>`,
    ...warningsOf(record).map((message) =>
      html`<p class="notice" role="note"><strong>Warning</strong> ${message}</p>`
    ),
    tilesHtml([
      { name: "FVU", value: finite(full?.fvu ?? last?.perPrefix.at(-1)?.fvu), aside: where },
      {
        name: "L0",
        value: finite(full?.l0 ?? last?.l0),
        aside: target === undefined ? where : `${where}, target ${target}`,
      },
      { name: "Loss", value: finite(last?.loss), aside: `from ${finite(metrics[0]?.loss)}` },
      {
        name: "Dead latents",
        value: measured || isWindowFull(record, last?.step)
          ? count(measured?.deadLatents ?? last?.deadLatents)
          : "unknown",
        aside: measured ? `in ${count(measured.rows)} rows` : "by the last step",
      },
      {
        name: "Wall time",
        value: seconds === undefined ? "–" : duration(seconds),
        aside: seconds ? `${finite(steps / seconds)} steps/s` : undefined,
      },
      {
        name: "Speed",
        value: rowsPerSecond === undefined ? "–" : count(Math.round(rowsPerSecond)),
        aside: "rows/s",
      },
    ]),
  ];
}

/** Returns the messages of warnings; the record may have been written by another version, or by hand. */
export function warningsOf({ warnings }: RunRecord): string[] {
  if (!Array.isArray(warnings)) return [];
  return warnings.flatMap((warning) =>
    typeof warning?.message === "string" ? [warning.message as string] : []
  );
}

/** Returns whether a run was as long as the silence after which a latent counts as dead, as far as is known. */
function isWindowFull({ options }: RunRecord, steps = 0): boolean {
  const { deadAfter, deadAfterRows } = options?.trainer ?? {};
  const window = typeof deadAfterRows === "number"
    ? deadAfterRows / Number(options?.batch)
    : deadAfter;
  // The record may have been written by hand, or by another version.
  return typeof window !== "number" || !Number.isFinite(window) || steps >= window;
}

function settingsSection({ record }: RecordedRun): Section {
  const { options: { trainer, ...options } = {}, environment, data, steps, seconds, inputScale } =
    record;
  const lists: [string, [string, string][]][] = [
    ["Command", factsOf(options)],
    ["Trainer", factsOf(trainer)],
    ["Data", factsOf(data)],
    ["Environment", [
      ...factsOf(environment),
      ...factsOf({
        steps,
        seconds,
        stepsPerSecond: seconds && steps && steps / seconds,
        inputScale,
      }),
    ]],
  ];
  return {
    title: "Options and environment",
    content: lists.filter(([, facts]) => facts.length > 0).map(([title, facts]) =>
      html`<h3>${title}</h3>${factsHtml(facts)}`
    ),
  };
}
