// @ts-self-types="./modules.d.ts"
// JavaScript: TypeScript 6 and the bundlers do not parse `import source`. Not reachable from mod.ts.
import source relaxed from "./generated/relaxed.wasm";
import source scalar from "./generated/scalar.wasm";
import source simd from "./generated/simd.wasm";

export const wasmModules = { relaxed, simd, scalar };
