/** The slider: how many latents the reconstruction may use, and what it then knows. */
import type { LatentDetails } from "../format.ts";
import { byId } from "./dom.ts";
import { count, percent } from "./numbers.ts";
import type { View } from "./view.ts";

/** Lets the slider change the state; `current` gives what is shown when it moves. */
export function listenToLevel(current: () => View): void {
  const slider = byId("level") as HTMLInputElement;
  const { levels } = current().manifest;
  slider.max = String(levels.length - 1);
  slider.hidden = levels.length === 1;
  slider.addEventListener("input", () => current().go({ level: Number(slider.value) }, true));
}

/** Shows the level of a state, and what it knows over the rows of a latent. */
export function showLevel({ manifest, state }: View, details?: LatentDetails): void {
  const slider = byId("level") as HTMLInputElement;
  const { prefix, fvu } = manifest.levels[state.level];
  const all = manifest.source.latentCount;
  slider.value = String(state.level);
  const text = prefix === all
    ? `all ${count(all)} latents`
    : `first ${count(prefix)} of ${count(all)} latents`;
  slider.setAttribute("aria-valuetext", text);
  byId("prefix").textContent = text;
  byId("knows").textContent = `unexplained: ${percent(fvu)} of all rows` +
    (details && details.count > 0
      ? `, ${percent(details.levels[state.level])} of latent ${details.latent}’s`
      : "");
}
