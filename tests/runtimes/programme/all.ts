/**
 * Everything that the package exports.
 *
 * @module
 */
export * from "@matryoshka/sae";
