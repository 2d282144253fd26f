/**
 * Finds in a page a text that quotes numbers, and compares these numbers with new ones.
 *
 * The text to look for is written with the new numbers. It stands in a page where everything but the numbers is the
 * same; any white space equals any other, since pages wrap lines.
 */

const NUMBER = /-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?/g;
/** What stands behind a number that depends on the machine. */
const TIMED = /^\s+(?:rows\/s|s\b|min\b)/;
/** Times on other machines stay within this factor, or the page misleads. */
const TIME_FACTOR = 4;
/** Rounding differs between machines, and training amplifies it. */
const RELATIVE_TOLERANCE = 0.01;

/** A number of a text: its digits, its value and whether it is a time. */
interface QuotedNumber {
  readonly digits: string;
  readonly value: number;
  readonly timed: boolean;
}

/** A number of a page that differs from the new one. */
export interface Drift {
  readonly quoted: string;
  readonly measured: string;
}

/** The result of {@linkcode compareQuote}. */
export interface Comparison {
  readonly drifts: readonly Drift[];
  /** The page with the new numbers, in the precision of the old ones. */
  readonly renewed: string;
}

function numbersOf(text: string): QuotedNumber[] {
  return [...text.matchAll(NUMBER)].map(({ 0: digits, index }) => ({
    digits,
    value: Number(digits.replaceAll(",", "")),
    timed: TIMED.test(text.slice(index + digits.length)),
  }));
}

/** Returns what half a unit of the last digit is worth. */
function precision(digits: string): number {
  const [mantissa, exponent = "0"] = digits.replaceAll(",", "").split("e");
  const decimals = mantissa.split(".")[1]?.length ?? 0;
  return 10 ** (Number(exponent) - decimals);
}

function agrees(quoted: QuotedNumber, measured: QuotedNumber): boolean {
  if (quoted.timed) {
    const ratio = quoted.value / measured.value;
    return ratio <= TIME_FACTOR && ratio >= 1 / TIME_FACTOR;
  }
  const tolerance = Math.max(
    precision(quoted.digits),
    RELATIVE_TOLERANCE * Math.abs(measured.value),
  );
  return Math.abs(quoted.value - measured.value) <= tolerance * (1 + 1e-9);
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Returns a pattern of the text with any numbers, each of them a group. */
function patternOf(text: string): RegExp {
  const parts = text.trim().split(NUMBER);
  const source = parts.map((part) => escaped(part).replace(/\s+/g, "\\s+"));
  return new RegExp(source.join(`(${NUMBER.source})`), "d");
}

/**
 * Compares the numbers of `text` with those of the passage of `page` that reads the same.
 *
 * @throws {Error} if the page has no such passage.
 */
export function compareQuote(page: string, text: string): Comparison {
  const match = patternOf(text).exec(page);
  if (match === null) throw new Error(`Cannot find the text: ${text.trim()}`);
  const measured = numbersOf(text.trim());
  const passage = numbersOf(match[0]);
  const drifts: Drift[] = [];
  let renewed = page;
  // From the last to the first, so that earlier positions stay valid.
  for (let i = measured.length - 1; i >= 0; i--) {
    if (agrees(passage[i], measured[i])) continue;
    drifts.unshift({ quoted: passage[i].digits, measured: measured[i].digits });
    const [from, to] = match.indices![i + 1]!;
    renewed = renewed.slice(0, from) + measured[i].digits + renewed.slice(to);
  }
  return { drifts, renewed };
}
