import type { ByteRanges } from "@adjoint/core/safetensors";
import { invalid } from "./gguf-error.ts";

/** Bytes fetched at least, so that small values do not each cost a request. */
const chunk = 1 << 16;

const text = new TextDecoder("utf-8", { fatal: true });

/** Reads little-endian values one after the other from a source, some kilobytes at a time. */
export class Reader {
  /** Byte that is read next. */
  position = 0;
  readonly #source: ByteRanges;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array();

  constructor(source: ByteRanges) {
    this.#source = source;
  }

  async #view(count: number): Promise<DataView> {
    const [start, end] = [this.position, this.position + count];
    if (end > this.#source.size)
      throw invalid(
        "a value must lie within the file",
        `byte ${start} to ${end} of ${this.#source.size}`,
        "the file is truncated; load another copy",
      );
    if (start < this.#start || end > this.#start + this.#bytes.length) {
      const last = Math.min(this.#source.size, Math.max(end, start + chunk));
      this.#bytes = await this.#source.read(start, last);
      this.#start = start;
      if (this.#bytes.length < count)
        throw invalid("all bytes must come", `${this.#bytes.length} of ${count} at byte ${start}`);
    }
    this.position = end;
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start - this.#start, count);
  }

  /** A number of `count` bytes. */
  async number(count: number, read: (view: DataView) => number): Promise<number> {
    return read(await this.#view(count));
  }

  async uint32(): Promise<number> {
    return (await this.#view(4)).getUint32(0, true);
  }

  /** A 64-bit count; those beyond 2^53 are no counts of anything. */
  async count(what: string): Promise<number> {
    const at = this.position;
    const value = (await this.#view(8)).getBigUint64(0, true);
    if (value > BigInt(this.#source.size))
      throw invalid(`${what} must be less than the bytes of the file`, `${value} at byte ${at}`);
    return Number(value);
  }

  /** Any unsigned or signed 64-bit number, rounded to a double beyond 2^53. */
  async wide(signed: boolean): Promise<number> {
    const view = await this.#view(8);
    return Number(signed ? view.getBigInt64(0, true) : view.getBigUint64(0, true));
  }

  async string(): Promise<string> {
    const at = this.position;
    const length = await this.count("the length of a text");
    const view = await this.#view(length);
    try {
      return text.decode(view);
    } catch {
      throw invalid("a text must be UTF-8", `${length} other bytes at byte ${at + 8}`);
    }
  }
}
