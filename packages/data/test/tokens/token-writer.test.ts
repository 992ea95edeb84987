import { ArgumentError } from "@adjoint/core";
import { DataError, SourceError, type TokenManifest } from "@adjoint/data";
import {
  openTokenWriter,
  readRawTokens,
  readTokenStore,
  type TokenWriter,
} from "@adjoint/data/node";
import fc from "fast-check";
import {
  appendFile,
  cp,
  mkdtemp,
  readdir,
  readFile,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { readManifest, writeManifest } from "../../src/node/token-store/write-manifest.ts";

const root = await mkdtemp(join(tmpdir(), "adjoint-tokens-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const newFolder = (): Promise<string> => mkdtemp(join(root, "store-"));
const options = { dtype: "uint16", shardTokens: 10 } as const;

const documentsIn = async (folder: string): Promise<number[][]> => {
  const store = await readTokenStore(folder);
  await store.verify();
  const documents: number[][] = [];
  for (let i = 0; i < store.documentCount; i++) documents.push([...(await store.document(i))]);
  await store.close();
  return documents;
};

const shardNames = async (folder: string): Promise<string[]> => (await readdir(folder)).sort();

describe("openTokenWriter", () => {
  test("writes shards that hold what was added", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(65_535), { maxLength: 15 }), { maxLength: 15 }),
        async (documents) => {
          const folder = await newFolder();
          const writer = await openTokenWriter(folder, options);
          for (const document of documents) await writer.append(document);
          const manifest = await writer.finish();
          expect(await documentsIn(folder)).toEqual(documents);
          for (const { tokens, documents: count } of manifest.shards)
            expect(tokens <= 10 || count === 1).toBe(true);
          const files = manifest.shards.map(({ file }) => file);
          expect(await shardNames(folder)).toEqual([...files, "manifest.json"].sort());
        },
      ),
      { numRuns: 15 },
    );
  });

  test("goes on after a kill: what was saved is there, the rest is not", async () => {
    const folder = await newFolder();
    const writer = await openTokenWriter(folder, options);
    for (let i = 0; i < 5; i++) await writer.append([i, i, i], i);
    await writer.save();
    await writer.append([7, 7], 5);
    await writer.close(); // as a kill: nothing was saved since
    const again = await openTokenWriter(folder, options);
    expect([again.documents(), again.tokens(), again.cursor()]).toEqual([5, 15, 4]);
    expect(again.repaired).toBe("cut off");
    await again.append([9], 5);
    await again.finish();
    expect(await documentsIn(folder)).toEqual([
      [0, 0, 0],
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
      [4, 4, 4],
      [9],
    ]);
  });

  test("a finished store can be added to", async () => {
    const folder = await newFolder();
    const first = await openTokenWriter(folder, { ...options, metadata: { licence: "CC0" } });
    await first.append([1], { line: 1 });
    await first.finish();
    const second = await openTokenWriter(folder, options);
    expect([second.documents(), second.cursor(), second.repaired]).toEqual([
      1,
      { line: 1 },
      "nothing",
    ]);
    await second.append([2]);
    const manifest = await second.finish();
    expect(manifest.metadata).toEqual({ licence: "CC0" });
    expect(await documentsIn(folder)).toEqual([[1], [2]]);
  });

  /** A folder with one finished shard of documents 0 … 2 and a saved draft of 3 and 4, and whatever `harm` does to it. */
  const harmed = async (harm: (folder: string) => Promise<unknown>) => {
    const folder = await newFolder();
    const writer = await openTokenWriter(folder, options);
    for (let i = 0; i < 5; i++) await writer.append([i, i, i], i);
    await writer.save();
    await writer.close();
    await harm(folder);
    const again = await openTokenWriter(folder, options);
    const found = {
      documents: again.documents(),
      cursor: again.cursor(),
      repaired: again.repaired,
    };
    for (let i = again.documents(); i < 6; i++) await again.append([i, i, i], i);
    await again.finish();
    expect((await documentsIn(folder)).map(([first]) => first)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await shardNames(folder)).toEqual(["00000.tokens", "00001.tokens", "manifest.json"]);
    return found;
  };

  const data = "00001.tokens.partial";
  const lengths = "00001.tokens.lengths.partial";

  test.each<[string, (folder: string) => Promise<unknown>]>([
    ["half a token at the end", (folder) => appendFile(join(folder, data), "x")],
    ["documents that were not saved", (folder) => appendFile(join(folder, lengths), "abcdefg")],
    ["half a manifest", (folder) => writeFile(join(folder, ".manifest.json.partial"), "{")],
    [
      "a later shard that no manifest knows",
      (folder) => writeFile(join(folder, "00002.tokens.partial"), "x"),
    ],
  ])("cuts off %s", async (_, harm) => {
    expect(await harmed(harm)).toEqual({ documents: 5, cursor: 4, repaired: "cut off" });
  });

  test.each<[string, (folder: string) => Promise<unknown>]>([
    ["is too short", (folder) => truncate(join(folder, data), 70)],
    ["is gone", (folder) => rm(join(folder, data))],
    ["has lost its lengths", (folder) => truncate(join(folder, lengths), 4)],
    [
      "has another token",
      async (folder) => {
        const bytes = await readFile(join(folder, data));
        bytes[64] = 99;
        await writeFile(join(folder, data), bytes);
      },
    ],
    [
      "has another length",
      async (folder) => {
        const bytes = await readFile(join(folder, lengths));
        bytes[0] = 2;
        await writeFile(join(folder, lengths), bytes);
      },
    ],
  ])("drops a last shard that %s, and says where to go on", async (_, harm) => {
    expect(await harmed(harm)).toEqual({ documents: 3, cursor: 2, repaired: "dropped" });
  });

  test("a kill between the name of a shard and the manifest loses nothing that was saved", async () => {
    const folder = await newFolder();
    const writer = await openTokenWriter(folder, options);
    await writer.append([1, 1, 1], 1);
    await writer.save();
    const before = await newFolder();
    await cp(folder, before, { recursive: true });
    await rm(join(before, ".writer.lock")); // of the writer whose folder was copied
    await writer.append([2, 2, 2], 2);
    await writer.finish();
    // the files as they are once the shard has its name, with the manifest and the lengths from before
    await cp(join(folder, "00000.tokens"), join(before, "00000.tokens"));
    await rm(join(before, "00000.tokens.partial"));
    const again = await openTokenWriter(before, options);
    expect([again.documents(), again.cursor(), again.repaired]).toEqual([1, 1, "cut off"]);
    await again.append([3], 2);
    await again.finish();
    expect(await documentsIn(before)).toEqual([[1, 1, 1], [3]]);
  });

  test("refuses another dtype, a bad manifest and ids that do not fit", async () => {
    const folder = await newFolder();
    const writer = await openTokenWriter(folder, options);
    await writer.append([1]);
    await expect(writer.append([70_000])).rejects.toThrow("got 70000 at place 0");
    await writer.append([2]);
    await writer.finish();
    expect(await documentsIn(folder)).toEqual([[1], [2]]);
    await expect(openTokenWriter(folder, { dtype: "uint32" })).rejects.toThrow(
      "holds uint16, got uint32",
    );
    await writeFile(join(folder, "manifest.json"), "{");
    await expect(openTokenWriter(folder, options)).rejects.toThrow(DataError);
    await expect(openTokenWriter(folder, { dtype: "uint16", shardTokens: 0 })).rejects.toThrow(
      "got 0",
    );
  });
});

describe("what a writer is asked", () => {
  test("for before an earlier call has ended waits for its turn, and loses nothing", async () => {
    const folder = await newFolder();
    const writer = await openTokenWriter(folder, options);
    const documents = Array.from({ length: 20 }, (_, i) => [i, i, i]);
    const buffer = new Uint16Array(3);
    const calls = documents.map(([id = 0], i) => {
      buffer.fill(id); // what was passed may be used again at once
      return writer.append(buffer, i);
    });
    const failed = expect(writer.append([-1])).rejects.toThrow(ArgumentError);
    const manifest = await writer.finish();
    await Promise.all([...calls, failed]);
    expect(manifest.cursor).toBe(19);
    expect(await documentsIn(folder)).toEqual(documents);
  });

  test.each<[string, (writer: TokenWriter) => Promise<unknown>]>([
    ["a number as document", (writer) => writer.append(5 as never)],
    ["a text as document", (writer) => writer.append("" as never)],
    ["no document", (writer) => writer.append(undefined as never)],
    ["a negative length", (writer) => writer.append({ length: -1 })],
    ["a length that is none", (writer) => writer.append({ length: "1" } as never)],
    ["a bigint as cursor", (writer) => writer.append([1], { at: 1n } as never)],
    ["NaN in a cursor", (writer) => writer.append([1], [NaN])],
    ["a Date in a cursor", (writer) => writer.append([1], { at: new Date(0) } as never)],
    ["a cursor without an end", (writer) => writer.save(endless as never)],
  ])("is refused at once when it is %s, and the store stays whole", async (_, ask) => {
    const folder = await newFolder();
    const writer = await openTokenWriter(folder, options);
    await writer.append([1], { at: [0] });
    await expect(ask(writer)).rejects.toThrow(ArgumentError);
    await writer.append([2], { at: [null, "x", true, 1] });
    await writer.finish();
    expect(await documentsIn(folder)).toEqual([[1], [2]]);
    const again = await openTokenWriter(folder, options);
    expect(again.cursor()).toEqual({ at: [null, "x", true, 1] });
    await again.close();
  });

  test("in its settings is refused before there is a folder", async () => {
    const folder = join(root, "never");
    const open = (settings: object): Promise<TokenWriter> =>
      openTokenWriter(folder, { dtype: "uint16", ...settings });
    await expect(open({ dtype: "uint8" })).rejects.toThrow("must be uint16 or uint32, got uint8");
    await expect(open({ metadata: { n: 1 } })).rejects.toThrow('that of "n" too, got number');
    expect(await readdir(root)).not.toContain("never");
  });

  test("never becomes a manifest that cannot be read", async () => {
    const folder = await newFolder();
    const good: TokenManifest = {
      format: "adjoint-tokens",
      version: 1,
      dtype: "uint16",
      shards: [],
      metadata: { licence: "CC0" },
    };
    await writeManifest(folder, good);
    const bad = { ...good, shards: [{ file: "00000.tokens", tokens: NaN, documents: 1 }] };
    await expect(writeManifest(folder, bad)).rejects.toThrow(DataError);
    expect(await readManifest(folder)).toEqual(good);
  });
});

const endless: unknown[] = [];
endless.push(endless);

test("reading where there is nothing", async () => {
  await expect(readTokenStore(root)).rejects.toThrow(SourceError);
  await expect(readRawTokens(join(root, "no.bin"))).rejects.toThrow(SourceError);
});

test("reads a raw file", async () => {
  const path = join(await newFolder(), "train.bin");
  await writeFile(path, new Uint8Array(Uint16Array.of(1, 2, 3).buffer));
  const store = await readRawTokens(path);
  expect([...(await store.tokens(1, 2))]).toEqual([2, 3]);
  await store.close();
});
