/** Text that is HTML. Only {@linkcode html} and {@linkcode markup} make it. */
export class Markup {
  /** @param text the HTML */
  constructor(readonly text: string) {}
}

/** The values that a template takes; text is escaped. */
export type Content = string | number | Markup | undefined | readonly Content[];

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Makes HTML from a template. Values are escaped unless they are HTML; lists are joined. */
export function html(parts: TemplateStringsArray, ...values: Content[]): Markup {
  return new Markup(parts.map((part, i) => part + escaped(values[i])).join(""));
}

/** Marks text as HTML, such as a chart or a style sheet; never text that a user provides. */
export const markup = (text: string): Markup => new Markup(text);

function escaped(value: Content): string {
  if (value instanceof Markup) return value.text;
  if (value === undefined) return "";
  if (typeof value === "string" || typeof value === "number") {
    // HTML allows no control characters, which the name of a file may hold.
    return String(value).replaceAll(/[&<>"']/g, (each) => ENTITIES[each])
      .replaceAll(/[^\P{Cc}\t\n]/gu, "�");
  }
  return value.map(escaped).join("");
}
