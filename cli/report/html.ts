/** Text that is HTML already. Only {@linkcode html} and {@linkcode markup} make it. */
export class Markup {
  /** @param text the HTML */
  constructor(readonly text: string) {}
}

/** What a template takes; of texts, whatever they hold is shown as it is written. */
export type Content = string | number | Markup | undefined | readonly Content[];

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** HTML from a template. Values are escaped unless they are HTML; lists are joined. */
export function html(parts: TemplateStringsArray, ...values: Content[]): Markup {
  return new Markup(parts.map((part, i) => part + escaped(values[i])).join(""));
}

/** Text that is known to be HTML: a chart, a style sheet. Never of the user's. */
export const markup = (text: string): Markup => new Markup(text);

function escaped(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (value === undefined) return "";
  if (typeof value === "string" || typeof value === "number") {
    // Control characters, as a file's name may hold, are no HTML.
    return String(value).replaceAll(/[&<>"']/g, (each) => ENTITIES[each])
      .replaceAll(/[^\P{Cc}\t\n]/gu, "�");
  }
  return value.map(escaped).join("");
}
