/**
 * Reads and writes files of sparse codes.
 *
 * @module
 */
export type { CodesOrigin, CodesSize } from "./codes_layout.ts";
export { type CodesHeader, readCodes, readCodesHeader } from "./codes_reading.ts";
export { codesFileChunks, type CodesParts, writeCodes } from "./codes_writing.ts";
