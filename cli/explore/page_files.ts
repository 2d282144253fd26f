import { pageFiles } from "./generated/page.ts";

/** One of the page's own files. */
export interface PageFile {
  readonly name: string;
  readonly text: string;
}

/** Returns the files of the page that do not depend on the data. */
export function explorerPageFiles(): Promise<PageFile[]> {
  return Promise.resolve(Object.entries(pageFiles).map(([name, text]) => ({ name, text })));
}
