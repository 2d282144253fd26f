/**
 * All of the package.
 *
 * @module
 */
export * from "@matryoshka/sae";
