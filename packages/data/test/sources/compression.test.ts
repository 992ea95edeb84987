import * as zlib from "node:zlib";
import {
  type ByteSource,
  bytesSource,
  DataError,
  decompress,
  collect,
  gunzip,
  jsonLines,
  textLines,
  unzstd,
} from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inPieces, resumesEverywhere } from "../formats/support.ts";

/** All that comes out, and the failure that it ends with. */
const drain = async (source: ByteSource): Promise<{ data: Uint8Array; error: unknown }> => {
  const pieces: Uint8Array[] = [];
  let error: unknown;
  try {
    for await (const piece of source.stream()) pieces.push(piece.slice());
  } catch (cause) {
    error = cause;
  }
  return { data: Uint8Array.from(Buffer.concat(pieces)), error };
};

const isPrefix = (part: Uint8Array, whole: Uint8Array): boolean =>
  Buffer.compare(part, whole.subarray(0, part.length)) === 0;

const text = Array.from({ length: 4000 }, (_, i) => `row ${i} ${(i * i) % 977}`).join("\n");
const plain = new TextEncoder().encode(text);

// Node from 22.15 on compresses zstd itself; the tests run on a newer one
const formats = [
  ["gzip", gunzip, (data: Uint8Array) => new Uint8Array(zlib.gzipSync(data))],
  ["zstd", unzstd, (data: Uint8Array) => new Uint8Array(zlib.zstdCompressSync(data))],
] as const;

describe.each(formats)("%s", (name, open, pack) => {
  it("equals Node's own, in any pieces, for one stream and for several in a row", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 40 }),
        async (parts, size) => {
          const packed = bytesSource(Buffer.concat(parts.map(pack)));
          const { data, error } = await drain(open(inPieces(packed, size)));
          expect(error).toBe(undefined);
          expect(data).toEqual(Uint8Array.from(Buffer.concat(parts)));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("loses no stream that begins where a piece begins", async () => {
    const parts = [pack(plain.subarray(0, 1000)), pack(plain.subarray(1000))];
    const source: ByteSource = {
      ...bytesSource(""),
      async *stream() {
        yield* parts;
      },
    };
    expect((await drain(open(source))).data).toEqual(plain);
  });

  it("reads rows and resumes", async () => {
    const packed = bytesSource(pack(plain.subarray(0, 400)));
    await resumesEverywhere(() => textLines(open(packed)));
    await resumesEverywhere(() => textLines(decompress(packed)));
    expect(await open(packed).slice(4, 9)).toEqual(plain.slice(4, 9));
  });

  it("gives what came before a cut, then says where it is", async () => {
    const packed = pack(plain);
    for (const share of [0, 0.1, 0.5, 0.9, 0.999]) {
      const cut = packed.subarray(0, Math.floor(packed.length * share));
      const { data, error } = await drain(open(bytesSource(cut, "cut")));
      expect(error).toBeInstanceOf(DataError);
      expect((error as DataError).position).toEqual({
        source: "cut",
        byte: cut.length,
        decoded: data.length,
      });
      expect(isPrefix(data, plain)).toBe(true);
      if (share > 0.4 && name === "gzip") expect(data.length).toBeGreaterThan(plain.length * 0.3);
    }
  });

  it("never takes damaged data for another error or for more than there is", async () => {
    const packed = pack(plain);
    let wrong = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(packed.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, change) => {
          const damaged = packed.slice();
          damaged[at]! ^= change;
          const { data, error } = await drain(open(bytesSource(damaged)));
          if (error !== undefined) expect(error).toBeInstanceOf(DataError);
          else if (Buffer.compare(data, plain) !== 0) wrong++;
        },
      ),
      { numRuns: 150 },
    );
    if (name === "gzip") expect(wrong).toBe(0); // its checksum tells
  });

  it("takes little memory for a little file that becomes a huge one", async () => {
    const bomb = pack(new Uint8Array(2 ** 26));
    const before = process.memoryUsage().arrayBuffers;
    for await (const piece of open(bytesSource(bomb)).stream()) {
      expect(piece.length).toBeGreaterThan(0);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 25 + 2 ** 23);
      break; // what is held now is what one step made
    }
    const error: unknown = await collect(jsonLines(open(bytesSource(bomb)))).catch(
      (e: unknown) => e,
    );
    expect((error as DataError).rule).toMatch(/at most 16777216 bytes/);
  });
});

describe("damaged gzip", () => {
  const first = new Uint8Array(zlib.gzipSync(plain.subarray(0, 3000)));
  const second = new Uint8Array(zlib.gzipSync(plain.subarray(3000)));
  const whole = Uint8Array.from([...first, ...second]);
  const failureOf = async (bytes: Uint8Array, size = bytes.length) => {
    const { data, error } = await drain(gunzip(inPieces(bytesSource(bytes, "x.gz"), size)));
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).position.decoded).toBe(data.length);
    return error as DataError;
  };

  it.each([undefined, 1, 7, 1000])(
    "says where and in which member, in pieces of %s",
    async (size) => {
      const damaged = whole.slice();
      const place = first.length + 200; // the code lengths of the second member lie before
      damaged.fill(0xff, place, place + 40);
      const error = await failureOf(damaged, size);
      expect(error.got).toMatch(`in the member that begins at byte ${first.length}`);
      expect(error.position.byte).toBeGreaterThan(place - 1);
      expect(error.position.byte).toBeLessThan(place + 100);
      expect(error.message).toMatch(
        /x\.gz, byte \d+, after \d+ decompressed bytes: the compressed/,
      );
    },
  );

  it("tells a wrong checksum from bad data, at the end of its member", async () => {
    const damaged = whole.slice();
    damaged[first.length - 8]! ^= 1;
    const error = await failureOf(damaged);
    expect(error.got).toBe("incorrect data check, in the member that begins at byte 0");
    expect(Math.abs(error.position.byte! - first.length)).toBeLessThanOrEqual(8);
    expect(error.position.decoded).toBe(3000);
  });

  it("tells how far a cut member and one that is none could be read", async () => {
    const cut = await failureOf(whole.subarray(0, -100), 300);
    expect(cut.position.byte).toBe(whole.length - 100);
    expect(cut.got).toBe(
      `the data end in the middle, in the member that begins at byte ${first.length}`,
    );
    const junk = await failureOf(Uint8Array.from([...first, ...new Uint8Array(5), 1, 2, 3]));
    expect(junk.got).toMatch(`in the member that begins at byte ${first.length + 5}`);
    expect(junk.position.decoded).toBe(3000);
  });

  it("reads a member after zeros in the same piece", async () => {
    const padded = Uint8Array.from([...first, 0, 0, 0, ...second, 0]);
    for (const size of [1, 100, padded.length]) {
      const { data, error } = await drain(gunzip(inPieces(bytesSource(padded), size)));
      expect(error).toBe(undefined);
      expect(data).toEqual(plain);
    }
  });
});

describe("choosing by content", () => {
  it("looks at the first bytes", async () => {
    for (const [, , pack] of formats)
      expect((await drain(decompress(bytesSource(pack(plain))))).data).toEqual(plain);
    expect((await drain(decompress(bytesSource(plain)))).data).toEqual(plain);
    expect((await drain(decompress(bytesSource("")))).data.length).toBe(0);
  });

  it("ignores zeros after a gzip member, and refuses anything else", async () => {
    const packed = zlib.gzipSync("x");
    const padded = bytesSource(Buffer.concat([packed, new Uint8Array(600)]));
    expect((await drain(gunzip(inPieces(padded, 25)))).data).toEqual(Uint8Array.of(120));
    const { data, error } = await drain(
      gunzip(bytesSource(Buffer.concat([packed, Buffer.from("junk")]))),
    );
    expect(data).toEqual(Uint8Array.of(120));
    expect(error).toBeInstanceOf(DataError);
  });
});
