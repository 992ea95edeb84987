import { crc32 } from "@adjoint/core/bytes";
import type { Metadata } from "@adjoint/core/safetensors";

// safetensors has no checksum. Ours is an entry of the metadata: the CRC-32 of the whole file as it is with the entry's
// eight digits at 0. Other programs read the file as ever, and a file that they wrote has no checksum to fit.

const entry = "adjoint.crc32";
const blank = "00000000";
const before = new TextEncoder().encode(`"${entry}":"`); // inside a text these quotes would be escaped
const blankDigits = new TextEncoder().encode(blank);

/** The metadata with room for the checksum. */
export const withSeal = (metadata: Metadata): Metadata => ({ ...metadata, [entry]: blank });

/** The metadata as its writer gave it. */
export const withoutSeal = (metadata: Metadata): Metadata =>
  Object.fromEntries(Object.entries(metadata).filter(([key]) => key !== entry));

const headerEnd = (file: Uint8Array): number =>
  8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));

/** Where the eight digits begin; -1 when the file has none. */
const findDigits = (file: Uint8Array): number => {
  const last = Math.min(headerEnd(file), file.length) - before.length - blank.length;
  for (let start = 8; start <= last; start++)
    if (before.every((byte, i) => file[start + i] === byte)) return start + before.length;
  return -1;
};

const checksum = (file: Uint8Array, digits: number): string =>
  [file.subarray(0, digits), blankDigits, file.subarray(digits + blank.length)]
    .reduce((crc, part) => crc32(part, crc), 0)
    .toString(16)
    .padStart(blank.length, "0");

/** Fills in the checksum of a file whose metadata has room for it. */
export const seal = (file: Uint8Array): Uint8Array => {
  const digits = findDigits(file);
  file.set(new TextEncoder().encode(checksum(file, digits)), digits);
  return file;
};

/** Whether a file is as it was sealed; true as well for one that has no checksum. */
export const isIntact = (file: Uint8Array): boolean => {
  const digits = findDigits(file);
  if (digits < 0) return true;
  const stored = new TextDecoder().decode(file.subarray(digits, digits + blank.length));
  return stored === checksum(file, digits);
};
