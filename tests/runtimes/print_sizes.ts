/** Prints the sizes of the packed package and its start-up time: `deno task sizes`. */
import { ENTRIES, measureSizes } from "./setup/sizes.ts";

const { tarball, bundles, application, tiers, start } = await measureSizes();
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

console.log(`tarball ${kilobytes(tarball)}`);
for (const entry of ENTRIES) {
  const { first, code, whole } = bundles[entry];
  console.log(
    `"${entry}" minified and gzipped: ${kilobytes(first)} at first, all code ${kilobytes(code)}, ` +
      `with every WASM tier ${kilobytes(whole)}`,
  );
}
console.log(`an application that trains: ${kilobytes(application)}`);
for (const [tier, bytes] of Object.entries(tiers)) console.log(`${tier} ${kilobytes(bytes)}`);
console.log(
  `import ${start.importing.toFixed(1)} ms, then the first encode ${
    start.firstEncode.toFixed(1)
  } ms`,
);
