import type { HostData } from "@adjoint/core/backend";

/** Arrays below this many bytes are left to the garbage collector. */
const worthwhile = 1 << 12;

/**
 * Gives back the memory of an array that nobody reads any more, at once: the garbage collector may come only after a
 * peak. Where `ArrayBuffer.prototype.transfer` is missing (Node 20) it comes then.
 */
export const freeArray = ({ buffer, byteLength }: HostData): void => {
  if (byteLength < worthwhile || byteLength !== buffer.byteLength || !("transfer" in buffer))
    return;
  (buffer as unknown as { transfer(length: number): unknown }).transfer(0);
};
