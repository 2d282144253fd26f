/** Connects the controls of the page with the run. */

import { Announcer } from "./announcer.ts";
import { Controls } from "./controls.ts";
import { element } from "./element.ts";
import { ExplorerLink } from "./explorer_link.ts";
import { type BackendChoice, MODELS, type WebGpuSupport } from "./protocol.ts";
import { Run } from "./run.ts";
import { NAMES, SETTINGS, type Settings } from "./settings.ts";
import { copyLink, fromAddress, savePicture, showInAddress } from "./sharing.ts";
import { TREES } from "./views.ts";

const radios = [...document.querySelectorAll<HTMLInputElement>("input[name=backend]")];
const failure = element("failure");
const toggle = element("toggle");
const announcer = new Announcer(element("announcements"));

let settings = fromAddress();
for (const model of MODELS) element(`${model}-tree`).append(TREES[model].element);
const explorer = new ExplorerLink(announcer, () => run.explore());
const run: Run = new Run(settings, {
  announcer,
  offerWebGpu,
  showFailure,
  takeExplored: (pieces) => explorer.take(pieces),
  showUnexplored: (message) => explorer.fail(message),
});
const controls = new Controls(element("live"), element("restarting"), settings, change);

function chosen(): BackendChoice {
  return radios.find(({ checked }) => checked)!.value as BackendChoice;
}

function open(start: boolean): void {
  failure.hidden = true;
  explorer.fail("training starts over");
  run.open(chosen(), start);
}

/** Trains with other settings: goes on, or starts over if it must. */
function change(next: Settings, restarts: boolean): void {
  const changed = NAMES.filter((name) => settings[name] !== next[name]);
  settings = next;
  showInAddress(settings);
  if (!restarts) run.tune(settings);
  else if (!run.restart(settings, true)) open(true);
  const words = changed.map((name) =>
    `${SETTINGS[name].label} ${SETTINGS[name].text(next[name], next)}`
  ).join(", ");
  element("change-note").textContent = restarts
    ? `${words}: training starts over.`
    : `${words}: training goes on.`;
}

function offerWebGpu({ kind, note }: WebGpuSupport): void {
  const allowed = new URLSearchParams(location.search).get("software") === "allow";
  const usable = kind === "hardware" || (kind === "software" && allowed);
  radios.find(({ value }) => value === "webgpu")!.disabled = !usable;
  element("backend-note").textContent = usable
    ? `WebGPU: ${note}. Switching starts over.`
    : `No WebGPU: ${note}.`;
}

/** Shows what went wrong and how to continue. */
function showFailure(message: string): void {
  run.stop();
  explorer.fail("training has stopped");
  const onGpu = chosen() === "webgpu";
  element("failure-text").textContent = `Training on ${
    onGpu ? "WebGPU" : "WASM"
  } has stopped. ${message}`;
  element("fall-back").textContent = onGpu ? "Train on WASM instead" : "Try again";
  failure.hidden = false;
}

function onClick(id: string, act: () => void): void {
  element(id).addEventListener("click", act);
}

onClick("toggle", () => {
  if (!run.toggle()) open(true);
  announcer.say(run.wanted ? "Training" : "Paused");
});
onClick("reset", () => {
  if (!run.restart(settings, false)) open(false);
  announcer.say("Reset to step 0");
});
onClick("fall-back", () => {
  radios.find(({ value }) => value === "wasm")!.checked = true;
  open(true);
  toggle.focus();
});
onClick("new-seed", () => controls.setNewSeed());
onClick("defaults", () => controls.setDefaults());
onClick("copy-link", () => void copyLink(announcer));
onClick("save-picture", () => void savePicture(announcer, settings, run.latest, run.story));

for (const radio of radios) {
  radio.addEventListener("change", () => {
    open(true);
    announcer.say(`Training starts over on ${radio.value === "wasm" ? "WASM" : "WebGPU"}`);
  });
}

// Another link to this page, or the browser's back button.
addEventListener("hashchange", () => controls.set(fromAddress()));
// An event without an error is only the browser's notice of an unfinished ResizeObserver loop.
addEventListener("error", ({ error, message }) => error && showFailure(message));
addEventListener("unhandledrejection", ({ reason }) => showFailure(String(reason)));

// A browser may restore the choice of the last visit.
radios[0].checked = true;
// Trees and sliders are on the screen before the worker starts and the other views are made.
requestAnimationFrame(() =>
  setTimeout(() => {
    performance.mark("drawn");
    open(true);
  })
);
