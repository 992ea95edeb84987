// Tie rules against a trainer that counts everything anew for each merge, and what holds for all trainers.
import { readFileSync } from "node:fs";
import {
  type PreTokenizerSpec,
  textTokenizer,
  trainBpe,
  TrainingStoppedError,
  trainUnigram,
  trainWordLevel,
  trainWordPiece,
} from "@adjoint/tokenizers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

type Ties = "lowestIds" | "firstSeen" | "greatestPair";
type Pair = readonly [first: number, second: number];

const plays = readFileSync(
  new URL("../../../../apps/shakespeare/data/tinyshakespeare.txt", import.meta.url),
  "utf8",
);
const words: PreTokenizerSpec = {
  type: "ByteLevel",
  addPrefixSpace: false,
  trimOffsets: true,
  useRegex: true,
};
const whole: PreTokenizerSpec = { ...words, useRegex: false };

const compareBytes = (a: readonly number[], b: readonly number[]): number => {
  for (let i = 0; i < Math.min(a.length, b.length); i++)
    if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  return a.length - b.length;
};

/** The pair to merge: the most frequent, by the rule among equals; counts are in the order of first occurrence. */
const choose = (counts: Map<string, number>, bytes: number[][], ties: Ties): Pair | undefined => {
  const most = Math.max(...counts.values());
  const pairs = [...counts.keys()]
    .filter((key) => counts.get(key) === most)
    .map((key) => key.split(",").map(Number) as unknown as Pair);
  if (ties === "firstSeen") return pairs[0];
  const bytesOf = (id: number): number[] => bytes[id] as number[];
  return pairs.toSorted(([a, b], [c, d]) =>
    ties === "lowestIds"
      ? a - c || b - d
      : compareBytes(bytesOf(c), bytesOf(a)) || compareBytes(bytesOf(d), bytesOf(b)),
  )[0];
};

/** Byte-pair training as in a textbook; ids 0 to 255 are bytes. Returns the bytes of each merge's two tokens. */
const naive = (pieces: readonly string[], merges: number, ties: Ties): number[][][] => {
  const bytes = Array.from({ length: 256 }, (_, byte) => [byte]);
  let texts = pieces.map((piece) => [...new TextEncoder().encode(piece)]);
  const made: number[][][] = [];
  for (let i = 0; i < merges; i++) {
    const counts = new Map<string, number>();
    for (const ids of texts)
      ids.slice(1).forEach((id, at) => {
        const key = `${ids[at]},${id}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      });
    const pair = choose(counts, bytes, ties);
    if (pair === undefined) break;
    const [a, b] = pair;
    made.push([bytes[a] as number[], bytes[b] as number[]]);
    const id = bytes.push([...(bytes[a] as number[]), ...(bytes[b] as number[])]) - 1;
    texts = texts.map((ids) => {
      const out: number[] = [];
      for (let at = 0; at < ids.length; at++)
        if (ids[at] === a && ids[at + 1] === b) {
          out.push(id);
          at++;
        } else out.push(ids[at] as number);
      return out;
    });
  }
  return made;
};

/** The bytes of a token in the byte-level alphabet, by decoding it byte by byte. */
const learned = async (
  texts: readonly string[],
  preTokenizer: PreTokenizerSpec,
  vocabSize: number,
  ties: Ties,
): Promise<number[][][]> => {
  const { model } = await trainBpe(texts, { preTokenizer, vocabSize, ties, ids: "bytesFirst" });
  if (model.type !== "BPE" || model.merges === "ranks") throw new Error("no merges");
  const bytesOf = (token: string): number[] =>
    [...token].map((character) => model.vocab.get(character) as number);
  return model.merges.map((pair) => pair.map(bytesOf));
};

const gpt2 = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

describe("ties", () => {
  for (const ties of ["lowestIds", "firstSeen", "greatestPair"] as const) {
    it(`${ties}: the merges of a naive trainer on plays`, async () => {
      const text = plays.slice(0, 20_000);
      const want = naive(text.match(gpt2) ?? [], 150, ties);
      expect(await learned([text], words, 256 + 150, ties)).toEqual(want);
    });

    it(`${ties}: the merges of a naive trainer on any text`, async () => {
      const text = fc.string({
        unit: fc.constantFrom("a", "b", "ab", "é", "字", "🙂", " "),
        minLength: 1,
        maxLength: 60,
      });
      await fc.assert(
        fc.asyncProperty(text, async (text) => {
          expect(await learned([text], whole, 256 + 12, ties)).toEqual(naive([text], 12, ties));
        }),
        { numRuns: 150 },
      );
    });
  }

  it("minbpe's example", async () => {
    const spec = await trainBpe(["aaabdaaabac"], {
      preTokenizer: whole,
      vocabSize: 259,
      ties: "firstSeen",
      ids: "bytesFirst",
    });
    expect([...textTokenizer(spec).encode("aaabdaaabac")]).toEqual([258, 100, 258, 97, 99]);
  });
});

describe("training", () => {
  const trainers = { trainBpe, trainUnigram, trainWordLevel, trainWordPiece };
  const lines = plays.slice(0, 30_000).split(/(?<=\n)/);
  const options = { preTokenizer: { type: "Whitespace" }, vocabSize: 400 } as const;

  for (const [name, train] of Object.entries(trainers)) {
    it(`${name}: an asynchronous stream gives what an array gives`, async () => {
      const stream = async function* (): AsyncGenerator<string> {
        for (const line of lines) yield await Promise.resolve(line);
      };
      expect(await train(stream(), options)).toEqual(await train(lines, options));
    });

    it(`${name}: stops when its signal says so`, async () => {
      const reason = new Error("enough");
      const stopped = train(lines, { ...options, signal: AbortSignal.abort(reason) });
      await expect(stopped).rejects.toThrow(TrainingStoppedError);
      await expect(stopped).rejects.toMatchObject({ cause: reason });
    });

    it(`${name}: stops while it reads a stream without end`, async () => {
      const stop = new AbortController();
      const endless = function* (): Generator<string> {
        for (;;) yield "to be or not to be";
      };
      const run = train(endless(), {
        ...options,
        signal: stop.signal,
        onProgress: ({ stage, done }) => {
          expect([stage, done > 0]).toEqual(["read", true]);
          stop.abort();
        },
      });
      await expect(run).rejects.toThrow(TrainingStoppedError);
    });
  }

  it("reads back what it was trained on", async () => {
    const spec = await trainBpe(lines, {
      preTokenizer: words,
      vocabSize: 600,
      specialTokens: ["<|end|>"],
      ids: "bytesFirst",
    });
    const tokenizer = textTokenizer(spec);
    expect(tokenizer.tokenToId("<|end|>")).toBe(599);
    const text = `${lines.join("")}<|end|> naïve 字 🙂 \uD800`;
    const ids = tokenizer.encode(text);
    expect(tokenizer.decode(ids)).toBe(text.replace("\uD800", "\uFFFD"));
    expect(ids.length).toBeLessThan(text.length / 2);
  });

  it("takes hostile tokens and texts for what they are", async () => {
    const { model } = await trainWordLevel(["__proto__ constructor __proto__", ""], {
      preTokenizer: { type: "WhitespaceSplit" },
    });
    expect(model.type === "WordLevel" && [...model.vocab.keys()]).toEqual([
      "[UNK]",
      "__proto__",
      "constructor",
    ]);
  });

  it("refuses settings that make no sense", async () => {
    await expect(trainBpe([], { vocabSize: 0 })).rejects.toThrow(/vocabSize must be a whole/);
    await expect(trainWordPiece([], { minFrequency: -1 })).rejects.toThrow(/minFrequency must/);
    await expect(trainWordLevel([], { vocabSize: 1.5 })).rejects.toThrow(/vocabSize must/);
    await expect(trainUnigram([], { maxPieceLength: 0 })).rejects.toThrow(/maxPieceLength must/);
    await expect(trainUnigram([], { shrinkingFactor: 1 })).rejects.toThrow(/shrinkingFactor must/);
  });

  it("refuses a vocabulary without room for all characters", async () => {
    await expect(trainUnigram(["abcdef"], { vocabSize: 5 })).rejects.toThrow(/room for all/);
  });

  it("makes nothing but characters of texts without pairs", async () => {
    const { model } = await trainBpe(["a", "b", ""], {});
    expect(model.type === "BPE" && [[...model.vocab.keys()], model.merges]).toEqual([
      ["a", "b"],
      [],
    ]);
  });
});
