/** Returns indented JSON. Numbers that are not finite, such as the FVU of one row, become null. */
export function jsonText(value: object): string {
  const finiteOrNull = (_: string, each: unknown) =>
    typeof each === "number" && !Number.isFinite(each) ? null : each;
  return JSON.stringify(value, finiteOrNull, 2);
}
