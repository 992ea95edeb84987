import { ArgumentError } from "@adjoint/core";
import {
  bytesSource,
  crc32,
  DataError,
  encodeShard,
  openRawTokens,
  openTokenShard,
  openTokenStore,
  parseManifest,
  urlSource,
  type TokenManifest,
} from "@adjoint/data";
import fc from "fast-check";
import { crc32 as zlibCrc32 } from "node:zlib";
import { describe, expect, test } from "vitest";

const someDocuments = (most: number) =>
  fc.array(fc.array(fc.integer({ min: 0, max: most }), { maxLength: 12 }), { maxLength: 12 });

const dtypes = [
  ["uint16", 65_535],
  ["uint32", 2 ** 31 - 1],
] as const;

describe.each(dtypes)("a shard of %s", (dtype, most) => {
  test("gives back every document and every range", async () => {
    await fc.assert(
      fc.asyncProperty(someDocuments(most), fc.nat(), fc.nat(), async (documents, a, b) => {
        const store = await openTokenShard(bytesSource(encodeShard(documents, dtype)));
        const all = documents.flat();
        expect([store.documentCount, store.tokenCount]).toEqual([documents.length, all.length]);
        for (const [i, document] of documents.entries())
          expect([...(await store.document(i))]).toEqual(document);
        const start = a % (all.length + 1);
        const length = b % (all.length - start + 1);
        expect([...(await store.tokens(start, length))]).toEqual(all.slice(start, start + length));
        await store.verify();
      }),
      { numRuns: 50 },
    );
  });

  test("refuses ids that do not fit, with their place", () => {
    expect(() => encodeShard([[0, most + 1]], dtype)).toThrow(`got ${most + 1} at place 1`);
    expect(() => encodeShard([[-1]], dtype)).toThrow(ArgumentError);
    expect(() => encodeShard([[0.5]], dtype)).toThrow(ArgumentError);
  });
});

test("the layout on disk", () => {
  const shard = encodeShard([[1, 258], [3]], "uint16");
  expect(Buffer.from(shard.subarray(0, 8)).toString("latin1")).toBe("\u0089ADJTOK\n");
  const view = new DataView(shard.buffer);
  expect([8, 12, 16, 20].map((byte) => view.getUint32(byte, true))).toEqual([1, 2, 3, 2]);
  expect([...shard.subarray(64, 72)]).toEqual([1, 0, 2, 1, 3, 0, 0, 0]);
  expect([72, 76, 80].map((byte) => view.getUint32(byte, true))).toEqual([0, 2, 3]);
  expect(shard.length).toBe(84);
});

test("crc32 is zlib's, in one go or in parts", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, at) => {
      expect(crc32(bytes)).toBe(zlibCrc32(bytes));
      expect(crc32(bytes.subarray(at), crc32(bytes.subarray(0, at)))).toBe(zlibCrc32(bytes));
    }),
  );
});

describe("files that lie", () => {
  const good = encodeShard([[1, 2, 3], [4]], "uint16");

  const broken = (change: (bytes: Uint8Array) => Uint8Array | void): Promise<unknown> => {
    const bytes = Uint8Array.from(good);
    return openTokenShard(bytesSource(change(bytes) ?? bytes, "x.tokens")).then(
      (store) => store.verify(),
      (error: unknown) => Promise.reject(error),
    );
  };

  /** A header with its checksum made right again, so that only the lie is wrong. */
  const lie = (word: number, value: number) => (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer);
    view.setUint32(word, value, true);
    view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
  };

  test.each([
    ["nothing", () => new Uint8Array(), 0, "got nothing"],
    ["other magic", (b: Uint8Array) => void (b[1] = 0), 0, "begins with 89 ADJTOK 0a"],
    ["half a header", (b: Uint8Array) => b.subarray(0, 40), 40, "a header has 64 bytes, got 40"],
    ["a changed header", (b: Uint8Array) => void (b[16] = 9), 60, "checksum"],
    ["another version", lie(8, 7), 8, "version 1, got 7"],
    ["another width", lie(12, 3), 12, "2 or 4 bytes, got 3"],
    ["more tokens than bytes", lie(16, 1000), 84, "got 84"],
    ["far too many tokens", lie(16, 2 ** 32 - 1), 16, "at most 2147483647"],
    ["far too many documents", lie(20, 2 ** 32 - 1), 84, "got 84"],
    ["a cut end", (b: Uint8Array) => b.subarray(0, 80), 80, "got 80"],
    ["more than there should be", (b: Uint8Array) => Uint8Array.of(...b, 0), 84, "got 85"],
    ["a changed token", (b: Uint8Array) => void (b[66] = 9), 64, "tokens must have their checksum"],
    ["a changed index", (b: Uint8Array) => void (b[76] = 9), 72, "index must have its checksum"],
  ])("%s", async (_, change, byte, message) => {
    const error = await broken(change).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).position).toEqual({ source: "x.tokens", byte });
    expect((error as DataError).message).toContain(message);
  });

  test("an index that points outside is refused where it is read", async () => {
    const bytes = Uint8Array.from(good);
    new DataView(bytes.buffer).setUint32(76, 900, true);
    const store = await openTokenShard(bytesSource(bytes));
    await expect(store.document(0)).rejects.toThrow(
      "byte 72: document 0 must begin before it ends",
    );
  });

  test("any change of any byte is found", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const change = (bytes: Uint8Array): void => void (bytes[at] = (bytes[at] ?? 0) ^ flip);
          await expect(broken(change)).rejects.toThrow(DataError);
        },
      ),
    );
  });

  test("headers of any numbers are read or refused, never anything else", async () => {
    const word = fc.oneof(fc.nat(8), fc.nat({ max: 2 ** 32 - 1 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 6, maxLength: 6 }),
        fc.nat(100),
        async (words, cut) => {
          const bytes = Uint8Array.from(good);
          const view = new DataView(bytes.buffer);
          words.forEach((value, i) => view.setUint32(8 + 4 * i, value, true));
          view.setUint32(60, crc32(bytes.subarray(0, 60)), true);
          const read = async (): Promise<void> => {
            const store = await openTokenShard(bytesSource(bytes.subarray(0, cut + 20)));
            for (let i = 0; i < store.documentCount; i++) await store.document(i);
            await store.verify();
          };
          await read().catch((error: unknown) => expect(error).toBeInstanceOf(DataError));
        },
      ),
    );
  });

  test("a source that shrinks while it is read", async () => {
    const whole = bytesSource(good);
    const store = await openTokenShard({
      ...whole,
      slice: (a, b) => whole.slice(a, Math.min(b, 66)),
    });
    await expect(store.tokens(0, 3)).rejects.toThrow("must have the bytes up to 70, got only 66");
  });
});

const manifestOf = (counts: readonly (readonly [number, number])[]): TokenManifest => ({
  format: "adjoint-tokens",
  version: 1,
  dtype: "uint16",
  shards: counts.map(([tokens, documents], i) => ({ file: `${i}`, tokens, documents })),
  metadata: {},
});

describe("a store of many shards", () => {
  test("is one line of tokens and documents, and opens a shard only when it is used", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(someDocuments(99), { maxLength: 5 }),
        fc.nat(),
        fc.nat(),
        async (shards, a, b) => {
          const opened: string[] = [];
          const store = openTokenStore(
            manifestOf(shards.map((documents) => [documents.flat().length, documents.length])),
            (file) => {
              opened.push(file);
              return Promise.resolve(
                bytesSource(encodeShard(shards[Number(file)] ?? [], "uint16")),
              );
            },
          );
          expect(opened).toEqual([]);
          const documents = shards.flat();
          const all = documents.flat();
          const start = a % (all.length + 1);
          const length = b % (all.length - start + 1);
          const part = [...(await store.tokens(start, length))];
          expect(part).toEqual(all.slice(start, start + length));
          for (const [i, document] of documents.entries()) {
            const range = await store.documentRange(i);
            expect(all.slice(range.start, range.start + range.length)).toEqual(document);
            expect([...(await store.document(i))]).toEqual(document);
          }
          expect(new Set(opened).size).toBe(opened.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("refuses ranges outside, and shards that are not what the manifest says", async () => {
    const store = openTokenStore(manifestOf([[5, 1]]), () =>
      Promise.resolve(bytesSource(encodeShard([[1, 2]], "uint16"))),
    );
    await expect(store.tokens(3, 3)).rejects.toThrow(ArgumentError);
    await expect(store.tokens(-1, 1)).rejects.toThrow(ArgumentError);
    await expect(store.document(1)).rejects.toThrow("must lie within the 1 of the store");
    await expect(store.tokens(0, 1)).rejects.toThrow("5 tokens of uint16");
  });

  test("tries a shard again after a failure", async () => {
    let tries = 0;
    const store = openTokenStore(manifestOf([[2, 1]]), () => {
      tries++;
      if (tries === 1) return Promise.reject(new Error("away"));
      return Promise.resolve(bytesSource(encodeShard([[1, 2]], "uint16")));
    });
    await expect(store.tokens(0, 1)).rejects.toThrow("away");
    expect([...(await store.tokens(0, 2))]).toEqual([1, 2]);
  });
});

test.each([
  "",
  "null",
  "[]",
  '{"format":"adjoint-tokens"}',
  JSON.stringify({ ...manifestOf([]), version: 2 }),
  JSON.stringify({ ...manifestOf([]), dtype: "int8" }),
  JSON.stringify({ ...manifestOf([]), shards: [{ file: "../x", tokens: 1, documents: 1 }] }),
  JSON.stringify({ ...manifestOf([]), shards: [{ file: "x", tokens: -1, documents: 1 }] }),
  JSON.stringify({ ...manifestOf([]), metadata: { a: 1 } }),
])("the manifest %s is refused", (text) => {
  const result = parseManifest(text);
  expect(result._tag).toBe("Left");
  if (result._tag === "Left") expect(result.left).toBeInstanceOf(DataError);
});

test("any JSON is a manifest or is refused", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseManifest(text)._tag).toBe("Left");
    }),
  );
});

describe("nanoGPT's .bin", () => {
  test("is read as np.memmap(dtype=np.uint16) reads it", async () => {
    const ids = Uint16Array.of(50_256, 31_373, 995, 0);
    const store = await openRawTokens(bytesSource(new Uint8Array(ids.buffer)));
    expect(store.tokenCount).toBe(4);
    expect([...(await store.document(0))]).toEqual([...ids]);
    expect([...(await store.tokens(1, 2))]).toEqual([31_373, 995]);
  });

  test("half a token is refused", async () => {
    await expect(openRawTokens(bytesSource(new Uint8Array(3)))).rejects.toThrow(
      "byte 2: a file of",
    );
  });

  test("uint32 ids that int32 cannot hold are refused", async () => {
    const bytes = new Uint8Array(Uint32Array.of(1, 2 ** 31).buffer);
    const store = await openRawTokens(bytesSource(bytes), "uint32");
    await expect(store.tokens(0, 2)).rejects.toThrow(
      "byte 4: ids must be below 2^31, got 2147483648",
    );
  });
});

test("over the network, only what is needed is asked for", async () => {
  const file = encodeShard([[1, 2, 3]], "uint16");
  const asked: string[] = [];
  const fetch = (_: string, init: RequestInit) => {
    const range = new Headers(init.headers).get("range") ?? "";
    asked.push(range === "" ? (init.method ?? "all") : range);
    if (init.method === "HEAD")
      return Promise.resolve(
        new Response(null, { headers: { "content-length": `${file.length}` } }),
      );
    const [first = 0, last = 0] = range.slice("bytes=".length).split("-").map(Number);
    return Promise.resolve(
      new Response(Uint8Array.from(file.subarray(first, last + 1)), { status: 206 }),
    );
  };
  const store = await openTokenShard(urlSource("http://localhost/x", { fetch }));
  expect([...(await store.tokens(1, 1))]).toEqual([2]);
  expect(asked).toEqual(["bytes=0-63", "HEAD", "bytes=66-67"]);
});
