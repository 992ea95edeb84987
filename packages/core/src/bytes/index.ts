export { crc32 } from "./crc32.ts";
export { fromFloat16Bits } from "./half.ts";
