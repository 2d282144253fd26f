/** Connects the controls, the worker and the views of the page. */

import { AbsorptionTable } from "./absorption_table.ts";
import { Announcer } from "./announcer.ts";
import { Curves } from "./curves.ts";
import { count, figure } from "./format.ts";
import { HeatMap } from "./heat_map.ts";
import type { BackendChoice, Report, Snapshot, WebGpuSupport, World } from "./protocol.ts";
import { Session } from "./session.ts";
import { detail, differenceShows, headline } from "./verdict.ts";

const MODELS = ["vanilla", "matryoshka"] as const;
const TITLES = { vanilla: "vanilla", matryoshka: "Matryoshka" };
/** Milliseconds between two drawings: more with reduced motion. */
const DRAW_EVERY = matchMedia("(prefers-reduced-motion: reduce)").matches ? 2000 : 400;

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const toggle = element("toggle");
const reset = element("reset");
const fallBack = element("fall-back");
const progress = element<HTMLProgressElement>("progress");
const progressText = element("progress-text");
const failure = element("failure");
const failureText = element("failure-text");
const radios = [...document.querySelectorAll<HTMLInputElement>("input[name=backend]")];
const announcer = new Announcer(element("announcements"));

/** The views of one run. */
interface View {
  readonly world: World;
  readonly maps: Record<"vanilla" | "matryoshka", HeatMap>;
  readonly table: AbsorptionTable;
  readonly curves: Curves;
}

let session: Session | undefined;
let ready = false;
let wanted = true;
let finished = false;
let backend = "";
let view: View | undefined;
let latest: Snapshot | undefined;
let shownAt: Snapshot | undefined;
let drawing: ReturnType<typeof setTimeout> | undefined;

function chosen(): BackendChoice {
  return radios.find(({ checked }) => checked)!.value as BackendChoice;
}

/** Ends the current run, if any, and opens another, which starts at once if `start` is true. */
function open(start: boolean): void {
  session?.close();
  clearTimeout(drawing);
  drawing = undefined;
  [ready, finished, wanted] = [false, false, start];
  latest = shownAt = undefined;
  failure.hidden = true;
  session = new Session(chosen(), listen);
  showControls();
}

function listen(report: Report): void {
  switch (report.type) {
    case "support":
      return offerWebGpu(report.webgpu);
    case "ready":
      return begin(report.backend, report.world);
    case "snapshot":
      return take(report.snapshot);
    case "failed":
      return fail(report.message);
  }
}

function offerWebGpu({ kind, note }: WebGpuSupport): void {
  const allowed = new URLSearchParams(location.search).get("software") === "allow";
  const usable = kind === "hardware" || (kind === "software" && allowed);
  radios.find(({ value }) => value === "webgpu")!.disabled = !usable;
  element("backend-note").textContent = usable
    ? `WebGPU: ${note}. Switching starts over.`
    : `No WebGPU: ${note}.`;
}

function begin(description: string, world: World): void {
  ready = true;
  backend = description;
  const map = (model: "vanilla" | "matryoshka") =>
    new HeatMap(
      element(`${model}-map`),
      world,
      `Cosine of each feature with each ${TITLES[model]} latent`,
    );
  view = {
    world,
    maps: { vanilla: map("vanilla"), matryoshka: map("matryoshka") },
    table: new AbsorptionTable(element("absorption"), world),
    curves: new Curves(element("charts"), world),
  };
  element("headline").textContent = wanted ? "Training begins …" : "Press Start to train both.";
  element("detail").textContent = "The page sends nothing and fetches nothing.";
  for (const model of MODELS) element(`${model}-map-summary`).textContent = "";
  showControls();
  if (wanted) session!.start();
}

function take(snapshot: Snapshot): void {
  latest = snapshot;
  const { world, curves } = view!;
  curves.add(snapshot);
  const news = !shownAt && differenceShows(snapshot);
  if (news) {
    shownAt = snapshot;
    announcer.say(headlineText(snapshot));
  }
  finished = snapshot.step >= world.steps;
  if (finished) {
    announcer.say(`Finished after ${count(snapshot.step)} steps. ${headlineText(snapshot)}`);
  } else announcer.progress(`Step ${count(snapshot.step)}. ${headlineText(snapshot)}`);
  showControls();
  if (news) draw();
  else drawing ??= setTimeout(draw, DRAW_EVERY);
}

function headlineText(snapshot: Snapshot): string {
  return headline(snapshot).map(({ text }) => text).join("");
}

/** Shows the latest snapshot. */
function draw(): void {
  clearTimeout(drawing);
  drawing = undefined;
  if (!latest || !view) return;
  element("headline").replaceChildren(
    ...headline(latest).map(({ text, model }) => {
      const span = document.createElement("span");
      span.textContent = text;
      if (model) span.className = model;
      return span;
    }),
  );
  element("detail").textContent = detail(latest, shownAt);
  for (const model of MODELS) {
    const { meanCosine, perPrefix } = latest[model];
    const { fvu, l0 } = perPrefix.at(-1)!;
    view.maps[model].update(latest[model]);
    element(`${model}-map-summary`).textContent = `mean matched cosine ${
      meanCosine.toFixed(2)
    } · FVU ${figure(fvu)} · L0 ${figure(l0)}`;
  }
  view.table.update(latest);
  view.curves.draw();
}

function showControls(): void {
  const steps = view?.world.steps ?? 1;
  toggle.textContent = finished ? "Start again" : wanted ? "Pause" : "Start";
  progress.max = steps;
  progress.value = latest?.step ?? 0;
  const state = finished ? "finished" : wanted ? "training" : latest ? "paused" : "not started";
  const speed = latest ? ` · ${count(latest.step / latest.seconds)} steps/s` : "";
  progressText.textContent = ready
    ? `${count(latest?.step ?? 0)} of ${count(steps)} steps${speed} · ${backend}, ${state}`
    : "Opening the backend …";
}

/** Shows what went wrong and how to continue. */
function fail(message: string): void {
  session?.close();
  session = undefined;
  [ready, wanted, finished] = [false, false, false];
  const onGpu = chosen() === "webgpu";
  failureText.textContent = `Training on ${onGpu ? "WebGPU" : "WASM"} has stopped. ${message}`;
  fallBack.textContent = onGpu ? "Train on WASM instead" : "Try again";
  failure.hidden = false;
  toggle.textContent = "Start";
  progressText.textContent = "Stopped by an error";
}

toggle.addEventListener("click", () => {
  if (finished || !session) return open(true);
  wanted = !wanted;
  if (ready && wanted) session.start();
  if (ready && !wanted) session.pause();
  showControls();
  announcer.say(wanted ? "Training" : "Paused");
});

reset.addEventListener("click", () => {
  open(false);
  announcer.say("Reset to step 0");
});

fallBack.addEventListener("click", () => {
  radios.find(({ value }) => value === "wasm")!.checked = true;
  open(true);
  toggle.focus();
});

for (const radio of radios) {
  radio.addEventListener("change", () => {
    open(true);
    announcer.say(`Training starts over on ${radio.value === "wasm" ? "WASM" : "WebGPU"}`);
  });
}

// An event without an error is only the browser's notice of an unfinished ResizeObserver loop.
addEventListener("error", ({ error, message }) => error && fail(message));
addEventListener("unhandledrejection", ({ reason }) => fail(String(reason)));

// A browser may restore the choice of the last visit.
radios[0].checked = true;
open(true);
