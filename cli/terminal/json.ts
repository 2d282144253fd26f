/** JSON text for people to read. What is not a finite number, such as an FVU of one row, is null. */
export function jsonText(value: object): string {
  const finiteOrNull = (_: string, each: unknown) =>
    typeof each === "number" && !Number.isFinite(each) ? null : each;
  return JSON.stringify(value, finiteOrNull, 2);
}
