/** Tables of pages that programs write, between two comments that name them. */

/**
 * Returns a page with the table between `<!-- name -->` and `<!-- /name -->` replaced.
 *
 * @throws {Error} if the page lacks one of the two.
 */
export function withTable(page: string, name: string, table: string): string {
  const open = `<!-- ${name} -->\n`;
  const begin = page.indexOf(open);
  const end = page.indexOf(`<!-- /${name} -->`);
  if (begin < 0 || end < begin) {
    throw new Error(`Cannot write the table ${name}: the page does not have its two markers`);
  }
  return `${page.slice(0, begin + open.length)}${table}\n${page.slice(end)}`;
}
