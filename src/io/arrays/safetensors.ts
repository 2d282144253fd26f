/**
 * Safetensors files: read with suspicion, written with care.
 *
 * @module
 */
export {
  readSafetensorsHeader,
  readTensor,
  type SafetensorsDType,
  type SafetensorsEntry,
  type SafetensorsHeader,
} from "./safetensors_reading.ts";
export { encodeSafetensors, type TensorData } from "./safetensors_writing.ts";
