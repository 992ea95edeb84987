import { createOnnxBackend } from "@adjoint/backend-onnx";
import { getBackend, setBackend } from "@adjoint/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { classLearner } from "../src/sentiment/class-learner.ts";
import { advantage, hits, measured } from "../src/sentiment/compare.ts";
import { textEncoder } from "../src/sentiment/encode-text.ts";
import { foldOf, heldOut } from "../src/sentiment/folds.ts";
import { lexiconExamples } from "../src/sentiment/lexicon-examples.ts";
import { naiveBayes } from "../src/sentiment/naive-bayes.ts";
import { predictor } from "../src/sentiment/predict.ts";
import { languageOf } from "../src/sentiment/prepare.ts";
import { documentOf } from "../src/sentiment/pretrain-batches.ts";
import { pretrainEncoder } from "../src/sentiment/pretrain-encoder.ts";
import { lexiconOf } from "../src/sentiment/read-lexicon.ts";
import { distinct, type Sentence, sentencesOf } from "../src/sentiment/read-sentences.ts";
import { synsetOf, type Synset } from "../src/sentiment/read-wordnet.ts";
import { withRatings } from "../src/sentiment/with-ratings.ts";

const before = getBackend();
beforeAll(async () => setBackend(await createOnnxBackend()));
afterAll(() => setBackend(before));

test("rows without a class are no sentences, and what differs in punctuation only comes once", () => {
  const rows = [
    { text: "Great phone!  ", class: 1 },
    { text: "great phone", class: 1 },
    { text: "Broke.", class: 0 },
    { text: "?", class: null },
  ];
  const sentences = distinct(sentencesOf(rows, "amazon"));
  expect(sentences.map(({ text, label }) => [text, label])).toEqual([
    ["Great phone!", 1],
    ["Broke.", 0],
  ]);
});

test("reads a meaning of WordNet", () => {
  const line =
    "00062411 00 s 02 coordinated 0 co-ordinated 0 001 & 00061521 a 0000 | being dexterous in the use of " +
    'more than one set of muscle movements; "she was usually good with her hands"- Mary McCarthy  ';
  expect(synsetOf(line, "adj")).toEqual({
    part: "adj",
    words: ["coordinated", "co-ordinated"],
    definition: "being dexterous in the use of more than one set of muscle movements",
    examples: ["she was usually good with her hands"],
  });
  expect(synsetOf("  1 This software and database is being provided", "adj")).toBeUndefined();
});

const lexicon = lexiconOf(
  "$:\t-1.5\t0.8\t[]\ngood\t1.9\t0.9\t[]\nhorrible\t-2.5\t0.9\t[]\nfine\t0.8\t0.6\t[]\n",
);

test("reads ratings of words", () => {
  expect([...lexicon]).toEqual([
    ["good", 0.475],
    ["horrible", -0.625],
    ["fine", 0.2],
  ]);
});

const sentence = (text: string, label: 0 | 1): Sentence => ({ text, label, source: "test" });

test("Naive Bayes counts as by hand", () => {
  const praise = naiveBayes([sentence("good good", 1), sentence("bad", 0), sentence("bad", 0)]);
  // features good, "good good", bad: P(good | 1) = 3/6, P(good | 0) = 1/5; prior 1 : 2
  expect(praise("good")).toBeCloseTo(
    ((1 / 3) * (3 / 6)) / ((1 / 3) * (3 / 6) + (2 / 3) * (1 / 5)),
    12,
  );
  expect(praise("unseen")).toBeCloseTo(1 / 3, 12);
});

test("every sentence is held out once, and its text decides where", () => {
  const all = Array.from({ length: 50 }, (_, i) => sentence(`sentence ${i}`, 1));
  const tests = [0, 1, 2, 3, 4].flatMap((fold) => heldOut(all, fold, 5).test);
  expect(new Set(tests).size).toBe(50);
  for (const fold of [0, 3]) {
    const { train, test } = heldOut(all, fold, 5);
    expect(train.length + test.length).toBe(50);
    expect(test.every((one) => foldOf(one, 5) === fold)).toBe(true);
  }
});

test("shares, margins and advantages", () => {
  expect(hits([0.9, 0.2, 0.6], [sentence("", 1), sentence("", 1), sentence("", 0)])).toEqual([
    1, 0, 0,
  ]);
  const { mean, margin } = measured([1, 1, 0, 0]);
  expect([mean, margin]).toEqual([0.5, 1.96 * Math.sqrt(1 / 3 / 4)]);
  expect(advantage([1, 1, 0], [1, 0, 0]).mean).toBeCloseTo(1 / 3, 12);
});

const synset = (words: string, definition: string, example: string): Synset => ({
  part: "adj",
  words: words.split(","),
  definition,
  examples: [example],
});
const colours = "red green blue black white pink gray brown".split(" ");
const synsets = [
  synset("good,fine", "having a quality that one wants", "a good day"),
  synset("horrible", "causing fear and dread", "a horrible noise"),
  ...colours.map((colour) =>
    synset(colour, `of the colour ${colour}`, `the ${colour} car is ${colour}`),
  ),
];

test("all pieces of a rated word are of its kind", async () => {
  const { tokenizer } = await languageOf(synsets, 70);
  const { ids, types } = textEncoder(tokenizer, 32, lexicon)("Horrible, not good");
  const tokens = Array.from(ids, (id) => tokenizer.idToToken(id) ?? "");
  expect(
    tokens
      .filter((_, i) => types[i] === 2)
      .join("")
      .replaceAll("##", ""),
  ).toBe("horrible");
  expect(
    tokens
      .filter((_, i) => types[i] === 5)
      .join("")
      .replaceAll("##", ""),
  ).toBe("good");
  expect([types[0], types.at(-1)]).toEqual([0, 0]);
  expect(textEncoder(tokenizer, 32)("horrible").types.every((type) => type === 0)).toBe(true);
  expect(withRatings(sentence("Fine, horrible", 0), lexicon).text).toBe(
    "Fine, horrible zzgood zzverybad",
  );
});

test("a lexicon says something about words and about meanings", async () => {
  const { tokenizer } = await languageOf(synsets, 70);
  const examples = lexiconExamples(lexicon, synsets, textEncoder(tokenizer, 32), 100);
  // three words, then definition and example of the two rated meanings: the mean of good and fine, and horrible
  const rated = examples.map(({ praise }) => Number(praise.toFixed(3)));
  expect(rated).toEqual([0.88, 0, 0.66, 0.77, 0.77, 0, 0]);
});

/** What words cost that are guessed by their frequencies. */
const entropyOf = (tokens: readonly number[]): number => {
  const counts = new Map<number, number>();
  for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  const shares = [...counts.values()].map((count) => count / tokens.length);
  return -shares.reduce((sum, share) => sum + share * Math.log(share), 0);
};

test("pretraining learns which words belong where", async () => {
  const meanings = synsets.slice(2);
  const { tokenizer, config, fresh } = await languageOf(meanings, 120);
  const documents = meanings.map((one) => documentOf(one, tokenizer));
  const losses: number[] = [];
  const settings = { learningRate: 1e-3, steps: 300, batchSize: 4, length: 21 };
  await pretrainEncoder(fresh, documents, tokenizer, config, {
    ...{ ...settings, seed: 1 },
    onProgress: (_, __, loss) => losses.push(loss),
  });
  const tokens = documents.flatMap((document) => document.flatMap((ids) => [...ids]));
  const byFrequency = entropyOf(tokens) + Math.log(2);
  expect(losses.at(0)).toBeGreaterThan(0.8 * byFrequency);
  expect(losses.at(-1)).toBeLessThan(0.7 * byFrequency);
  expect(await fresh.classifier.kernel.data()).toHaveLength(128); // others start from it too
});

test("a classifier learns what no single word tells", async () => {
  const { tokenizer, config, fresh } = await languageOf(synsets, 120);
  const encode = textEncoder(tokenizer, 32);
  // praise is a good that is not denied, or a bad that is
  const texts = colours.flatMap((colour) =>
    ["good", "not good", "horrible", "not horrible"].map((words, kind) => ({
      text: `the ${colour} car is ${words}`,
      label: kind === 0 || kind === 3 ? (1 as const) : (0 as const),
    })),
  );
  const example = ({ text, label }: (typeof texts)[number]) => ({ ...encode(text), praise: label });
  const [train, held] = [texts.slice(0, 24), texts.slice(24)];
  const settings = { learningRate: 3e-3, epochs: 60, batchSize: 12, hidden: 0 };
  const learned = await classLearner(config, train.length, settings)(fresh, train.map(example), {
    seed: 0,
  });
  const praise = await predictor(config)(learned, held.map(example));
  expect(measured(hits(praise, held)).mean).toBe(1);
});
