/** The settings of a run: their ranges, which of them restart it, and how a link holds them. */

import { correlation } from "./world.ts";

/** What the sliders and the seed set. Shares are in per cent. */
export interface Settings {
  /** Rows with a given parent, in per cent. */
  readonly parents: number;
  /** Rows of a parent that also have one of its children, in per cent. */
  readonly children: number;
  /** Active latents per row that λ is steered towards. */
  readonly l0: number;
  /** Prefixes drawn at each step for the Matryoshka SAE. */
  readonly prefixes: number;
  /** Latents of each SAE. */
  readonly latents: number;
  /** Seed of directions, samples and initial parameters. */
  readonly seed: number;
}

/** The name of a setting, in links too. */
export type SettingName = keyof Settings;

/** One setting. */
export interface Setting {
  readonly label: string;
  readonly least: number;
  readonly most: number;
  readonly step: number;
  readonly initial: number;
  /** Whether a new value starts over; otherwise training goes on with it. */
  readonly restarts: boolean;
  /** Returns the value in words, for the page and for screen readers. */
  text(value: number, settings: Settings): string;
}

/** All settings, in the order of the page. The initial values are those of the method's author. */
export const SETTINGS: Readonly<Record<SettingName, Setting>> = {
  parents: {
    label: "Rows with a given parent",
    least: 5,
    most: 30,
    step: 1,
    initial: 15,
    restarts: false,
    text: (value) => `${value}\u202f%`,
  },
  children: {
    label: "Parents that come with a child",
    least: 10,
    most: 95,
    step: 5,
    initial: 60,
    restarts: false,
    text: (value, settings) => `${value}\u202f%, correlation ${correlation(settings).toFixed(2)}`,
  },
  l0: {
    label: "Target L0 (active latents per row)",
    least: 0.4,
    most: 3,
    step: 0.01,
    initial: 1.23,
    restarts: false,
    text: (value) => value.toFixed(2),
  },
  prefixes: {
    label: "Prefixes of the Matryoshka SAE",
    least: 1,
    most: 20,
    step: 1,
    initial: 10,
    restarts: false,
    text: (value, { latents }) => {
      if (value === 1) return "1, as an ordinary SAE";
      return value > latents ? `${latents}, one per latent` : `${value} per step`;
    },
  },
  latents: {
    label: "Latents",
    least: 8,
    most: 40,
    step: 1,
    initial: 20,
    restarts: true,
    text: (value) => `${value} for 20 features`,
  },
  seed: {
    label: "Seed",
    least: 0,
    most: 999_999,
    step: 1,
    initial: 0,
    restarts: true,
    text: (value) => `${value}`,
  },
};

/** The names of all settings. */
export const NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** The settings that the page starts with. */
export const DEFAULTS: Settings = fill(({ initial }) => initial);

/** Returns whether going from one to the other starts the run over. */
export function startsOver(from: Settings, to: Settings): boolean {
  return NAMES.some((name) => SETTINGS[name].restarts && from[name] !== to[name]);
}

/** Returns a value moved into the range of a setting and onto one of its steps. */
export function snap(name: SettingName, value: number): number {
  const { least, most, step } = SETTINGS[name];
  const inside = Math.min(most, Math.max(least, value));
  // Two decimals are those of the finest step; they remove the rounding of the product.
  return Number((least + Math.round((inside - least) / step) * step).toFixed(2));
}

/** Returns the hash of a link that holds all settings. */
export function toHash(settings: Settings): string {
  return `#${NAMES.map((name) => `${name}=${settings[name]}`).join("&")}`;
}

/** Returns the settings that a hash holds, and a sentence for each part of it that cannot be used. */
export function fromHash(hash: string): { settings: Settings; complaints: string[] } {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const complaints = [...given.keys()].filter((name) => !Object.hasOwn(SETTINGS, name)).map((
    name,
  ) => `Cannot use “${name.slice(0, 20)}” of the link: there is no such setting.`);
  const settings = fill(({ least, most, initial }, name) => {
    const text = given.get(name);
    if (text === null) return initial;
    const value = text.trim() === "" ? NaN : Number(text);
    if (value >= least && value <= most) return snap(name, value);
    complaints.push(
      `Cannot use “${name}=${
        text.slice(0, 20)
      }” of the link: ${name} must be from ${least} to ${most}, ` +
        `so it is ${initial}.`,
    );
    return initial;
  });
  return { settings, complaints };
}

function fill(value: (setting: Setting, name: SettingName) => number): Settings {
  const result: Partial<Record<SettingName, number>> = {};
  for (const name of NAMES) result[name] = value(SETTINGS[name], name);
  return result as Settings;
}
