/** Examples with their contexts, coloured by activation. */
import type { Example } from "../format.ts";
import { byId, el, tokenText } from "./dom.ts";
import { count, figure } from "./numbers.ts";

/** Shows an example. Its active tokens are one stop of the Tab key, and arrows move among them. */
export function exampleOf({ row, peak, tokens, values }: Example, max: number): HTMLElement {
  const place = el("span", { class: "place" }, `row ${count(row)} · ${figure(values[peak])}`);
  if (tokens.length === 0) return el("li", { class: "example" }, place);
  // A vocabulary of whole words says nothing about the spaces between them.
  const apart = !tokens.some((text) => /\s/.test(text));
  const context = el("p", { class: apart ? "context apart" : "context" });
  values.forEach((value, n) => {
    // Lines break between words, not within them.
    if (apart && n > 0) context.append(el("wbr"));
    if (value <= 0) return context.append(tokenText(tokens[n]));
    const mark = el("mark", { tabindex: n === peak ? 0 : -1, "data-value": value });
    // The root takes the weak end out of invisibility.
    mark.style.setProperty("--strength", String(Math.sqrt(Math.min(1, value / max))));
    mark.append(tokenText(tokens[n]));
    if (n === peak) mark.className = "peak";
    context.append(mark);
  });
  context.addEventListener("keydown", moveAmongMarks);
  return el("li", { class: "example" }, context, place);
}

function moveAmongMarks(event: KeyboardEvent): void {
  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (step === 0) return;
  const context = event.currentTarget as HTMLElement;
  const marks = [...context.querySelectorAll("mark")];
  const next = marks[marks.findIndex((mark) => mark === event.target) + step];
  if (!next) return;
  event.preventDefault();
  for (const mark of marks) mark.tabIndex = mark === next ? 0 : -1;
  next.focus();
}

/** Shows the value of the token under the pointer or the keyboard, in one element for all. */
export function showValues(): void {
  const tip = byId("value");
  const place = (mark: Element) => {
    const { left, top } = mark.getBoundingClientRect();
    const right = document.documentElement.clientWidth - tip.offsetWidth - 8;
    tip.style.left = `${Math.max(8, Math.min(left, right))}px`;
    tip.style.top = `${Math.max(0, top - tip.offsetHeight - 4)}px`;
  };
  const show = (event: Event) => {
    const mark = (event.target as Element).closest<HTMLElement>("mark[data-value]");
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = `activation ${figure(Number(mark.dataset.value))}`;
    mark.setAttribute("aria-describedby", "value");
    place(mark);
  };
  const hide = () => tip.hidden = true;
  const onScroll = () => {
    // Focus scrolls its mark into sight, and the value has to go with it.
    const focused = document.activeElement;
    if (focused?.matches("mark[data-value]") && !tip.hidden) place(focused);
    else hide();
  };
  document.addEventListener("mouseover", show);
  document.addEventListener("focusin", show);
  document.addEventListener("focusout", hide);
  document.addEventListener("scroll", onScroll, { capture: true, passive: true });
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
}
