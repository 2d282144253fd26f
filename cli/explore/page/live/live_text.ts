/** The view of new rows: a form, and the text with its latents. */
import { el } from "../dom.ts";
import { count, figure } from "../numbers.ts";
import { addressOf } from "../state.ts";
import { boundsOf, type View } from "../view.ts";
import { LiveForm, type Wish } from "./form.ts";
import { Gloss } from "./gloss.ts";
import { LiveEncoder } from "./live_encoder.ts";
import type { LiveText, LiveTools } from "./opening.ts";
import { type Answer, MOST_ROWS, type TextFacts } from "./protocol.ts";
import { tokenTexts } from "./token_texts.ts";

/** The view. */
export class LiveTextView implements LiveText {
  readonly #tools: LiveTools;
  readonly #encoder: LiveEncoder;
  readonly #form: LiveForm;
  readonly #chosen = el("p", { class: "chosen", role: "status" });
  readonly #parts = el("nav", { "aria-label": "Parts of the text", hidden: "" });
  readonly #result = el("div");
  #view: View;
  #wish?: Wish;
  #facts?: TextFacts;
  /** Tokens that the vocabulary lacks. */
  #unknown = 0;
  #gloss?: Gloss;
  /** The button that asked for other rows. */
  #pressed?: string;
  /** Answers are shown in turn: texts of tokens may have to be loaded first. */
  #turn: Promise<void> = Promise.resolve();
  #asked = 0;

  constructor(box: HTMLElement, view: View, tools: LiveTools) {
    this.#view = view;
    this.#tools = tools;
    this.#encoder = new LiveEncoder((answer) => this.#take(answer));
    this.#form = new LiveForm(
      box,
      (wish) => this.#ask(wish, 0),
      () => {
        this.#asked++;
        this.#encoder.stop();
      },
    );
    box.replaceChildren(
      el("h2", {}, "Your own text"),
      el(
        "p",
        { class: "note" },
        "The latents of new rows, encoded in this page. Files can be dropped here, too, and stay in this browser.",
      ),
      this.#form.element,
      this.#parts,
      this.#chosen,
      this.#result,
    );
  }

  update(view: View): void {
    this.#view = view;
    this.#gloss?.update(view);
    this.#showChosen();
  }

  #ask(wish: Wish, from: number): void {
    const { source, fingerprint } = this.#view.manifest;
    this.#asked++;
    this.#pressed = undefined;
    this.#wish = wish;
    this.#gloss = undefined;
    this.#parts.hidden = true;
    this.#result.replaceChildren();
    this.#showChosen();
    this.#form.busy(0, 0);
    this.#encoder.encode({ ...wish, from, expected: { ...source, fingerprint } });
  }

  #take(answer: Answer): void {
    const asked = this.#asked;
    this.#turn = this.#turn.then(async () => {
      if (asked === this.#asked) await this.#show(answer, asked);
    }).catch((error) => {
      this.#encoder.stop();
      this.#form.fail(error instanceof Error ? error.message : String(error));
    });
  }

  async #show(answer: Answer, asked: number): Promise<void> {
    if (answer.type === "failed") return this.#form.fail(answer.message);
    if (answer.type === "text") {
      const { tokens } = answer.text;
      const firsts = this.#view.manifest.vocabulary?.firsts;
      const texts = tokens && firsts &&
        await tokenTexts(tokens, firsts, (piece) => this.#tools.loadVocabulary(piece));
      if (asked !== this.#asked) return;
      this.#facts = answer.text;
      this.#unknown = texts?.filter((text) => text === undefined).length ?? 0;
      this.#gloss = new Gloss(answer.text, texts);
      return this.#result.replaceChildren(this.#gloss.element);
    }
    const gloss = this.#gloss!, facts = this.#facts!;
    if (answer.type === "codes") {
      gloss.add(answer.codes, this.#view);
      return this.#form.busy(gloss.rows, facts.to - facts.from);
    }
    this.#form.idle(this.#summary(gloss, facts));
    this.#showParts(facts);
    this.#showChosen();
  }

  #summary(gloss: Gloss, { name, rows, from, to, by, tokens }: TextFacts): string {
    const what = tokens ? "tokens" : "rows";
    const part = to - from < rows
      ? `Rows ${count(from)} to ${count(to - 1)} of ${count(rows)}`
      : `${count(rows)} ${what}`;
    const unknown = this.#unknown > 0
      ? ` Tokens that are not in the explorer’s vocabulary: ${count(this.#unknown)}.`
      : "";
    return `${part} of ${name}, encoded ${by}: ${
      figure(gloss.l0)
    } latents active per row.${unknown}`;
  }

  #showParts({ rows, from, to }: TextFacts): void {
    const button = (text: string, start: number, possible: boolean) => {
      const made = el("button", { type: "button" }, text);
      made.disabled = !possible;
      made.addEventListener("click", () => {
        this.#ask(this.#wish!, start);
        this.#pressed = text;
      });
      return made;
    };
    const earlier = button("Earlier rows", Math.max(0, from - MOST_ROWS), from > 0);
    const later = button("Later rows", to, to < rows);
    this.#parts.hidden = rows <= MOST_ROWS;
    this.#parts.replaceChildren(earlier, later);
    if (this.#pressed === undefined || document.activeElement !== document.body) return;
    // The button that was pressed is gone, and the focus with it.
    const back = this.#pressed === earlier.textContent || later.disabled;
    (back && !earlier.disabled ? earlier : later).focus();
  }

  #showChosen(): void {
    const { manifest, state } = this.#view;
    const { latent } = state;
    this.#chosen.hidden = !this.#gloss;
    if (!this.#gloss) return;
    if (latent === null) {
      this.#chosen.textContent = "Each token is coloured by its strongest latent. " +
        "Choose a latent to colour the text by it and to see its card.";
      return;
    }
    const { tokens, most } = this.#gloss.activityOf(latent);
    const where = tokens > 0
      ? `is active on ${count(tokens)} of ${count(this.#gloss.rows)}, up to ${figure(most)}.`
      : `is active on none of ${count(this.#gloss.rows)}.`;
    const all = addressOf({ ...state, latent: null }, boundsOf(manifest));
    this.#chosen.replaceChildren(
      `Latent ${latent} ${where} `,
      el("a", { href: all }, "Colour by the strongest"),
    );
  }
}
