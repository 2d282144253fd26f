/** Numbers as a reader wants them. */

const COUNT = new Intl.NumberFormat("en");
const FIGURE = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

/** Formats a whole number: 16,384. */
export const count = (value: number): string => COUNT.format(value);

/** Formats a measured number to three digits. */
export const figure = (value: number): string => FIGURE.format(value);

/** Formats a share: 12.3 %. */
export const percent = (share: number): string => `${FIGURE.format(100 * share)} %`;
