import { pageFiles } from "./generated/page.ts";

/** One of the page's own files. */
export interface PageFile {
  readonly name: string;
  readonly text: string;
}

/** Returns the files of the page that do not depend on the data. */
export async function explorerPageFiles(): Promise<PageFile[]> {
  // It holds the encoder, which no other command needs.
  const { liveFiles } = await import("./generated/live.ts");
  return Object.entries({ ...pageFiles, ...liveFiles }).map(([name, text]) => ({ name, text }));
}
