/* @ts-self-types="./std_assert.d.ts" */
// The npm copy of the Deno standard library's assertions comes without types.
export * from "npm:deno-std@1.4.0/assert/mod.js";
