/**
 * Reads and writes safetensors files.
 *
 * @module
 */
export type {
  SafetensorsDType,
  SafetensorsEntry,
  SafetensorsHeader,
} from "./safetensors_layout.ts";
export { readSafetensorsHeader, readTensor } from "./safetensors_reading.ts";
export { encodeSafetensors, type TensorData } from "./safetensors_writing.ts";
