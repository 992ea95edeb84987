import { DataError, type DataPosition } from "../../errors.ts";
import { invalidByteAt } from "./invalid-byte-at.ts";

const strict = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });

/** The text of UTF-8 bytes; `position` is that of the first byte. Throws DataError with the place of the first bad byte. */
export const decodeText = (
  operation: string,
  bytes: Uint8Array,
  position: DataPosition,
  invalid: "error" | "replace",
): string => {
  if (invalid === "replace") return lenient.decode(bytes);
  try {
    return strict.decode(bytes);
  } catch (cause) {
    const at = invalidByteAt(bytes);
    const got = bytes.subarray(at, at + 4);
    throw new DataError(
      {
        operation,
        rule: "text must be UTF-8",
        got: `the bytes ${[...got].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}`,
        fix: 'decode it from its own encoding first, or set invalid: "replace"',
      },
      { ...position, byte: (position.byte ?? 0) + at },
      { cause },
    );
  }
};
