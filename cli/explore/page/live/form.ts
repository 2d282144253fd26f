/** The form of the view: files, a service, progress, and what went wrong. */
import { el } from "../dom.ts";
import type { EncoderChoice } from "./protocol.ts";

/** What the reader asks for. */
export interface Wish {
  readonly file: File;
  readonly encoder: EncoderChoice;
}

/** Where the page finds its autoencoder; a page from disk may not read it. */
const SERVED = /^https?:$/.test(location.protocol);
const SAE_NAME = "sae.safetensors";

const fileInput = (id: string, accept: string) => el("input", { type: "file", id, accept });

function field(label: string, input: HTMLElement, note: string): HTMLElement {
  const described = `${input.id}-note`;
  input.setAttribute("aria-describedby", described);
  return el(
    "div",
    { class: "field" },
    el("label", { for: input.id }, label),
    input,
    el("small", { id: described }, note),
  );
}

/** The form, which calls `wish` when there is something to encode, and `stop`. */
export class LiveForm {
  readonly element: HTMLElement;
  readonly #file = fileInput("live-file", ".safetensors,.npy,.npz,.pt,.pth");
  readonly #sae = fileInput("live-sae", ".safetensors");
  readonly #service = el("input", {
    type: "text",
    inputmode: "url",
    id: "live-service",
    autocomplete: "off",
    spellcheck: "false",
  });
  readonly #encode = el("button", { type: "submit" }, "Encode");
  readonly #stop = el("button", { type: "button", hidden: "" }, "Stop");
  readonly #progress = el("progress", { max: 1, hidden: "", "aria-label": "Encoded rows" });
  readonly #status = el("p", { class: "note", role: "status" });
  readonly #error = el("p", { class: "error", role: "alert", hidden: "" });
  readonly #wish: (wish: Wish) => void;
  #dropped: { file?: File; sae?: File } = {};

  constructor(box: HTMLElement, wish: (wish: Wish) => void, stop: () => void) {
    this.#wish = wish;
    const form = el(
      "form",
      { "aria-label": "Encode a text" },
      field(
        "Activations of a text",
        this.#file,
        "As explore reads them: safetensors with activations and tokens, or .npy",
      ),
      field(
        "Autoencoder",
        this.#sae,
        SERVED
          ? `${SAE_NAME} of this folder is fetched unless a file is chosen`
          : `${SAE_NAME} of this folder, which a page from disk cannot read by itself`,
      ),
      field("Encoding service", this.#service, "Its address, to send the rows there instead"),
      el("div", { class: "buttons" }, this.#encode, this.#stop, this.#progress),
    );
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask(true);
    });
    for (const [input, name] of [[this.#file, "file"], [this.#sae, "sae"]] as const) {
      input.addEventListener("change", () => {
        this.#dropped = { ...this.#dropped, [name]: undefined };
        this.#ask(false);
      });
    }
    this.#stop.addEventListener("click", () => {
      stop();
      this.idle("Stopped.");
    });
    this.element = el("div", {}, form, this.#error, this.#status);
    box.addEventListener("dragover", (event) => event.preventDefault());
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      this.#drop([...event.dataTransfer?.files ?? []]).catch((error) => this.fail(String(error)));
    });
  }

  /** Shows that rows are encoded: how many of how many. */
  busy(done: number, all: number): void {
    this.#error.hidden = true;
    this.#status.textContent = "Encoding …";
    this.#progress.hidden = this.#stop.hidden = false;
    if (all > 0) this.#progress.value = done / all;
    else this.#progress.removeAttribute("value");
  }

  /** Shows that nothing is going on, and what came of it. */
  idle(status: string): void {
    if (this.#stop === document.activeElement) this.#encode.focus();
    this.#error.hidden = this.#progress.hidden = this.#stop.hidden = true;
    this.#status.textContent = status;
  }

  /** Shows what went wrong. */
  fail(message: string): void {
    this.idle("");
    this.#error.textContent = message;
    this.#error.hidden = false;
  }

  async #drop(files: File[]): Promise<void> {
    for (const file of files) {
      this.#dropped = { ...this.#dropped, [await isAutoencoder(file) ? "sae" : "file"]: file };
    }
    this.#ask(false);
  }

  /** Asks for codes if everything is there. Rows are sent to a service only when the reader says so. */
  #ask(said: boolean): void {
    const file = this.#dropped.file ?? this.#file.files?.[0];
    const sae = this.#dropped.sae ?? this.#sae.files?.[0];
    const address = this.#service.value.trim();
    if (address !== "" && !said) return this.idle("Press Encode to send the rows to the service.");
    if (!file) {
      return said
        ? this.fail("Cannot encode: no file of activations is chosen")
        : this.idle("Choose activations as well.");
    }
    if (address !== "") return this.#wish({ file, encoder: { kind: "service", address } });
    const place = sae ?? (SERVED ? new URL(SAE_NAME, document.baseURI).href : undefined);
    if (place) return this.#wish({ file, encoder: { kind: "page", sae: place } });
    const missing = `${SAE_NAME} of this folder`;
    if (said) this.fail(`Cannot encode: ${missing} is not chosen`);
    else this.idle(`Choose ${missing} as well.`);
  }
}

/** Headers of autoencoders are far smaller. */
const MOST_HEADER = 1e6;

/** Returns whether a safetensors file holds an encoder and no activations; any other file is taken for a text. */
async function isAutoencoder(file: File): Promise<boolean> {
  const size = new DataView(await file.slice(0, 8).arrayBuffer());
  const length = size.byteLength === 8 ? Number(size.getBigUint64(0, true)) : MOST_HEADER;
  if (length >= MOST_HEADER) return false;
  try {
    const names = Object.keys(JSON.parse(await file.slice(8, 8 + length).text()));
    return !names.includes("activations") && names.some((name) => /enc/i.test(name));
  } catch {
    return false;
  }
}
