/** Turns options and environments into lists of names and values. */

/** Lists the names and values of an object; names within nested objects follow a dot. Unset values are left out. */
export function factsOf(value: unknown, name = ""): [string, string][] {
  if (value === undefined || value === null) return [];
  if (typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, each]) =>
      factsOf(each, name === "" ? key : `${name}.${key}`)
    );
  }
  return [[name, inWords(value)]];
}

function inWords(value: unknown): string {
  if (typeof value === "string") return value === "" ? "(empty)" : value;
  if (typeof value === "number") {
    return value.toLocaleString("en-US", { maximumSignificantDigits: 6 });
  }
  if (!Array.isArray(value)) return value === true ? "yes" : value === false ? "no" : String(value);
  const shown = value.slice(0, LISTED).map((each) =>
    typeof each === "object" ? JSON.stringify(each) : inWords(each)
  );
  const rest = value.length - shown.length;
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** The most items of a list that are shown, such as a thousand files. */
const LISTED = 24;
