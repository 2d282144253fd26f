// A packed package has no deno.json to read this from; tests/cli/version_test.ts compares them.

/** The version of both packages, the command line and the library. */
export const VERSION = "0.1.0";
/** The program that files name as their creator. */
export const CREATED_BY: string = `@matryoshka/sae ${VERSION}`;
