/** The link and the picture to share. */

import type { Announcer } from "./announcer.ts";
import { element } from "./element.ts";
import { count } from "./format.ts";
import { makePicture } from "./picture.ts";
import { MODELS, type Snapshot, TITLES } from "./protocol.ts";
import { fromHash, type Settings, toHash } from "./settings.ts";
import { TREES } from "./views.ts";

/** Keeps the address equal to the settings, without a new entry in the browser's history. */
export function showInAddress(settings: Settings): void {
  const hash = toHash(settings);
  if (location.hash !== hash) history.replaceState(null, "", hash);
}

/** Returns the settings of the address, and shows what cannot be used of it. */
export function fromAddress(): Settings {
  const { settings, complaints } = fromHash(location.hash);
  const note = element("link-note");
  note.textContent = complaints.join(" ");
  note.hidden = complaints.length === 0;
  return settings;
}

/** Copies the address, or says where it stands if the browser does not permit that. */
export async function copyLink(announcer: Announcer): Promise<void> {
  let message = "Link copied: it opens the page with these settings";
  try {
    await navigator.clipboard.writeText(location.href);
  } catch {
    message = "The browser permits no copying: the link is in the address bar";
  }
  element("share-note").textContent = `${message}.`;
  announcer.say(message);
}

/** Saves the picture of a snapshot as a file. */
export async function savePicture(
  announcer: Announcer,
  settings: Settings,
  latest: Snapshot | undefined,
  story: { readonly headline: string; readonly text: string } | undefined,
): Promise<void> {
  const step = latest?.step ?? 0;
  const { parents, children, l0, prefixes, latents, seed } = settings;
  const picture = await makePicture({
    headline: story?.headline ?? "Two sparse autoencoders before their first step",
    sentence: story?.text ?? "No latent represents a feature yet.",
    footing:
      `@matryoshka/sae · step ${
        count(step)
      } · parents ${parents} %, with a child ${children} % · ` +
      `target L0 ${l0} · ${prefixes} prefixes · ${latents} latents · seed ${seed}`,
    drawings: MODELS.map((model) => ({ title: TITLES[model], element: TREES[model].element })),
  });
  const link = document.createElement("a");
  link.download = `matryoshka-step-${step}.png`;
  link.href = URL.createObjectURL(picture);
  link.click();
  // The browser may still be reading it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  element("share-note").textContent = `Picture saved as ${link.download}.`;
  announcer.say(`Picture of step ${count(step)} saved`);
}
