// @ts-self-types="./modules.d.ts"
// This is JavaScript because TypeScript 6 and the bundlers do not parse `import source`; mod.ts must not reach it.
import source relaxed from "./generated/relaxed.wasm";
import source scalar from "./generated/scalar.wasm";
import source simd from "./generated/simd.wasm";

export const wasmModules = { relaxed, simd, scalar };
