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
  const objects = value.some(isObject);
  const shown = value.slice(0, objects ? LISTED_OBJECTS : LISTED).map((each) =>
    isObject(each) ? objectInWords(each) : inWords(each)
  );
  const rest = value.length - shown.length;
  return shown.join(objects ? "; " : ", ") + (rest > 0 ? ` and ${rest} more` : "");
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Writes an object of a list, such as a file of activations: "a.npy (npy, F16, rows 57,344)". */
function objectInWords({ name, ...others }: Record<string, unknown>): string {
  const details = Object.entries(others).map(([key, value]) => {
    if (Array.isArray(value)) return `${key} [${inWords(value)}]`;
    if (isObject(value)) return `${key} (${objectInWords(value)})`;
    return typeof value === "string" ? value : `${key} ${inWords(value)}`;
  });
  const text = details.join(", ");
  return name === undefined ? text : `${inWords(name)} (${text})`;
}

/** The most items of a list that are shown, such as lengths of prefixes. */
const LISTED = 24;
/** The most objects of a list that are shown, such as files. */
const LISTED_OBJECTS = 8;
