/** The sliders and the seed: labelled, described, and bound to the settings. */

import {
  DEFAULTS,
  NAMES,
  type SettingName,
  SETTINGS,
  type Settings,
  snap,
  startsOver,
} from "./settings.ts";

/** The largest seed that the button for a new one draws: short enough to read out. */
const NEW_SEEDS = 1000;

/** Says that the reader has changed the settings. */
export type Listener = (settings: Settings, restarts: boolean) => void;

interface Field {
  readonly input: HTMLInputElement;
  readonly output: HTMLOutputElement;
}

/** Shows the settings and reports each change at once. */
export class Controls {
  readonly #fields = new Map<SettingName, Field>();
  readonly #listen: Listener;
  #settings: Settings;

  /** Puts the controls into the two hosts. */
  constructor(live: HTMLElement, restarting: HTMLElement, settings: Settings, listen: Listener) {
    this.#settings = settings;
    this.#listen = listen;
    for (const name of NAMES) {
      const field = makeField(SETTINGS[name].restarts ? restarting : live, name);
      this.#fields.set(name, field);
      // A number that is being typed is complete with the change event only.
      const event = name === "seed" ? "change" : "input";
      field.input.addEventListener(event, () => this.#take(name, field.input));
    }
    this.show(settings);
  }

  /** Shows other settings, without a report. */
  show(settings: Settings): void {
    this.#settings = settings;
    for (const [name, { input, output }] of this.#fields) {
      const text = SETTINGS[name].text(settings[name], settings);
      input.value = `${settings[name]}`;
      if (input.type !== "range") continue;
      output.textContent = text;
      input.setAttribute("aria-valuetext", text);
    }
  }

  /** Shows settings and reports them, if they are other ones. */
  set(settings: Settings): void {
    const before = this.#settings;
    this.show(settings);
    if (NAMES.every((name) => before[name] === settings[name])) return;
    this.#listen(settings, startsOver(before, settings));
  }

  /** Takes the initial settings. */
  setDefaults(): void {
    this.set(DEFAULTS);
  }

  /** Takes another seed. */
  setNewSeed(): void {
    const seed = Math.floor(Math.random() * NEW_SEEDS);
    this.set({ ...this.#settings, seed: seed === this.#settings.seed ? seed + 1 : seed });
  }

  #take(name: SettingName, input: HTMLInputElement): void {
    const value = input.value === "" ? SETTINGS[name].initial : snap(name, input.valueAsNumber);
    if (value === this.#settings[name]) return this.show(this.#settings);
    this.set({ ...this.#settings, [name]: value });
  }
}

function makeField(host: HTMLElement, name: SettingName): Field {
  const { label, least, most, step } = SETTINGS[name];
  const input = document.createElement("input");
  input.id = name;
  input.type = name === "seed" ? "number" : "range";
  Object.assign(input, { min: `${least}`, max: `${most}`, step: `${step}` });
  const title = document.createElement("label");
  title.htmlFor = name;
  title.textContent = label;
  const output = document.createElement("output");
  output.htmlFor.add(name);
  // The value is read out as the slider's own; an output is a live region unless told otherwise.
  output.ariaLive = "off";
  const box = document.createElement("div");
  box.className = "dial";
  box.append(title, output, input);
  host.append(box);
  return { input, output };
}
