// Written out: a packed package has no deno.json. tests/cli/version_test.ts compares.

/** The version of this package. */
export const VERSION = "0.1.0";
/** What files say about who made them. */
export const CREATED_BY: string = `@matryoshka/sae ${VERSION}`;
