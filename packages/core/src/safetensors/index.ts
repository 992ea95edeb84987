export { SafetensorsError } from "./format-error.ts";
export {
  type Contents,
  decode,
  decodeArrays,
  encode,
  encodeArrays,
  type Metadata,
} from "./safetensors.ts";
