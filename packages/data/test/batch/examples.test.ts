import { ArgumentError } from "@adjoint/core";
import {
  batchByLength,
  collect,
  conversationExample,
  countTrained,
  type DatasetState,
  fromArray,
  NoTrainedTokensError,
  padExamples,
  pipe,
  preferenceBatch,
  preferencePair,
  requireTrained,
  spansExample,
  tokenWeights,
  toTensors,
} from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const ids = (...list: number[]) => Int32Array.from(list);

describe("padExamples", () => {
  const examples = [{ ids: ids(5, 6, 7) }, { ids: ids(8, 9), trained: Uint8Array.of(0, 0) }];

  test("pads on the right, or on the left", () => {
    const left = padExamples(examples, { side: "left", padId: 3, multipleOf: 4 });
    expect(left.shape).toEqual([2, 4]);
    expect([...left.inputs]).toEqual([3, 5, 6, 7, 3, 3, 8, 9]);
    expect([...left.targets]).toEqual([-100, 6, 7, -100, -100, -100, -100, -100]);
    expect([...left.mask]).toEqual([0, 1, 1, 1, 0, 0, 1, 1]);
    expect([...left.lengths]).toEqual([3, 2]);
    expect(left.trainedTokens).toBe(2);
  });

  test("a pad that is a token of the text is no padding", () => {
    const batch = padExamples([{ ids: ids(7, 7) }, { ids: ids(1, 2, 3) }], { padId: 7 });
    expect([...batch.lengths]).toEqual([2, 3]);
    expect([...batch.targets.subarray(0, 3)]).toEqual([7, -100, -100]);
  });

  test("cuts what is too long, and refuses nothing and no lengths", () => {
    expect([...padExamples(examples, { length: 2 }).inputs]).toEqual([5, 6, 8, 9]);
    expect(() => padExamples([])).toThrow("at least one example");
    expect(() => padExamples(examples, { length: 0 })).toThrow(ArgumentError);
    expect(() => padExamples(examples, { multipleOf: 1.5 })).toThrow(ArgumentError);
  });

  test("becomes tensors", () => {
    const { inputs, mask, lengths } = toTensors(padExamples(examples));
    expect([inputs.shape, mask.shape, lengths.shape]).toEqual([[2, 3], [2, 3], [2]]);
    expect([inputs.dtype, mask.dtype, lengths.dtype]).toEqual(["int32", "bool", "int32"]);
  });
});

describe("weights of losses", () => {
  test("targets that count are counted", () => {
    expect([countTrained(ids(1, -100, 2)), countTrained(ids(1, -1), -1)]).toEqual([2, 1]);
  });

  test("sum to one over the targets that count", () => {
    const { weights, total } = tokenWeights(ids(4, -100, 6, 7), { weights: [1, 5, 2, 1] });
    expect(total).toBe(4);
    expect([...weights]).toEqual([0.25, 0, 0.5, 0.25]);
  });

  /** transformers issue 34191: losses [1, 2, 3] and [10] are 4 on average, not (2 + 10) / 2. */
  test("accumulated batches weigh as one large batch", () => {
    const batches = [ids(1, 1, 1), ids(1, -100, -100)];
    const losses = [
      [1, 2, 3],
      [10, 99, 99],
    ];
    const total = batches.reduce((sum, targets) => sum + tokenWeights(targets).total, 0);
    const loss = batches.map((targets, b) =>
      tokenWeights(targets, { total }).weights.reduce(
        (sum, w, i) => sum + w * (losses[b]?.[i] ?? 0),
        0,
      ),
    );
    expect(loss.reduce((a, b) => a + b)).toBeCloseTo(4, 6);
  });

  test("nothing to learn is an error, not a NaN", () => {
    expect(() => tokenWeights(ids(-100, -100))).toThrow(NoTrainedTokensError);
    expect(() => tokenWeights(ids(1, -100), { weights: [0, 1] })).toThrow(NoTrainedTokensError);
    expect(() => requireTrained(padExamples([{ ids: ids(1) }]))).toThrow(NoTrainedTokensError);
    expect(requireTrained(padExamples([{ ids: ids(1, 2) }])).trainedTokens).toBe(1);
  });

  test.each([[[1]], [[1, -1]], [[1, Number.NaN]], [[1, Infinity]]])(
    "refuses weights %j",
    (weights) => {
      expect(() => tokenWeights(ids(1, 2), { weights })).toThrow(ArgumentError);
    },
  );
});

describe("conversations", () => {
  const chat = [
    { role: "system", ids: [1] },
    { role: "user", ids: [2, 3] },
    { role: "assistant", ids: [4, 5] },
    { role: "user", ids: [6] },
    { role: "assistant", ids: [7, 8, 9] },
  ];

  test("only answers are learned", () => {
    const example = conversationExample(chat);
    expect([...example.ids]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...(example.trained ?? [])]).toEqual([0, 0, 0, 1, 1, 0, 1, 1, 1]);
    const batch = padExamples([example]);
    expect([...batch.targets]).toEqual([-100, -100, 4, 5, -100, 7, 8, 9, -100]);
    expect(batch.trainedTokens).toBe(5);
  });

  test("the last turn, other roles, a largest length", () => {
    expect([...(conversationExample(chat, { turns: "last" }).trained ?? [])]).toEqual([
      0, 0, 0, 0, 0, 0, 1, 1, 1,
    ]);
    const users = conversationExample(chat, { roles: ["user"], maxLength: 4 });
    expect([...(users.trained ?? [])]).toEqual([0, 1, 1, 0]);
  });

  test.each([
    ["cut off", { maxLength: 3 }],
    ["misspelt", { roles: ["asistant"] }],
  ])("an answer that is %s is an error", (_, options) => {
    expect(() => conversationExample(chat, options)).toThrow(NoTrainedTokensError);
  });

  test("spans of text: a token is learned when it has a character in one", () => {
    //                 0123456789
    const offsets = [0, 3, 3, 5, 5, 8, 8, 10];
    const example = spansExample({ ids: ids(1, 2, 3, 4), offsets }, [[4, 8]]);
    expect([...(example.trained ?? [])]).toEqual([0, 1, 1, 0]);
    expect(() => spansExample({ ids: ids(1, 2), offsets: [0, 1, 1, 2] }, [])).toThrow(
      NoTrainedTokensError,
    );
    expect(() => spansExample({ ids: ids(1), offsets: [0] }, [])).toThrow(ArgumentError);
  });
});

describe("preference pairs", () => {
  const pair = { prompt: ids(1, 2, 3), chosen: ids(4, 5), rejected: ids(4, 6, 7) };

  test("both answers behind the prompt, only answers are targets", () => {
    const batch = preferenceBatch([pair]);
    expect(batch.shape).toEqual([2, 6]);
    expect([...batch.inputs]).toEqual([1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 6, 7]);
    expect([...batch.targets]).toEqual([-100, -100, 4, 5, -100, -100, -100, -100, 4, 6, 7, -100]);
    expect([batch.pairs, ...batch.shared]).toEqual([1, 4]);
  });

  test("a long prompt loses its beginning for both alike, then answers their end", () => {
    expect([...preferenceBatch([pair], { length: 5 }).inputs]).toEqual([
      2, 3, 4, 5, 0, 2, 3, 4, 6, 7,
    ]);
    expect([...preferenceBatch([pair], { length: 3 }).inputs]).toEqual([3, 4, 5, 3, 4, 6]);
  });

  /** The examples in the documentation of trl's extract_prompt, as tokens. */
  test("whole conversations are split where they part", () => {
    expect(preferencePair(ids(1, 2, 3, 9), ids(1, 2, 4))).toEqual({
      prompt: ids(1, 2),
      chosen: ids(3, 9),
      rejected: ids(4),
    });
    expect(() => preferencePair(ids(1, 2), ids(1, 2))).toThrow(ArgumentError);
    expect(() => preferencePair(ids(1, 2), ids(1, 2, 3))).toThrow(ArgumentError);
  });

  test("pairs that teach nothing are refused, with their number", () => {
    const same = { prompt: ids(1), chosen: ids(2), rejected: ids(2) };
    expect(() => preferenceBatch([pair, same])).toThrow("got pair 1");
    expect(() => preferenceBatch([{ ...pair, chosen: ids() }])).toThrow("got pair 0");
    expect(() => preferenceBatch([])).toThrow(ArgumentError);
  });
});

describe("batchByLength", () => {
  const words = fc.array(fc.string({ minLength: 1, maxLength: 12 }), { maxLength: 40 });
  const lengthOf = (word: string): number => word.length;

  test("gives every example once, within the limits, and goes on from every batch", async () => {
    await fc.assert(
      fc.asyncProperty(words, fc.nat(9), async (list, key) => {
        const options = { batchSize: 4, maxTokens: 20, buffer: 10, key, lengthOf };
        const batches = pipe(fromArray(list), batchByLength(options));
        const all = await collect(batches);
        expect(all.flat().sort()).toEqual([...list].sort());
        for (const batch of all) {
          expect(batch.length).toBeLessThanOrEqual(4);
          const padded = batch.length * Math.max(...batch.map(lengthOf));
          expect(padded <= 20 || batch.length === 1).toBe(true);
        }
        const iterator = batches.open();
        const states: DatasetState[] = [null];
        for await (const _ of iterator) states.push(iterator.state());
        for (const [i, state] of states.entries())
          expect(await collect(batches.open(state))).toEqual(all.slice(i));
      }),
      { numRuns: 20 },
    );
  });

  test("leaves less padding than batches in the given order", async () => {
    const lengths = Array.from({ length: 1000 }, (_, i) => 1 + ((i * 7919) % 200));
    const padding = (batches: readonly (readonly number[])[]) =>
      batches.reduce(
        (sum, batch) => sum + batch.reduce((s, n) => s + Math.max(...batch) - n, 0),
        0,
      );
    const options = { batchSize: 10, lengthOf: (n: number) => n, key: 0 };
    const grouped = await collect(pipe(fromArray(lengths), batchByLength(options)));
    const plain = Array.from({ length: 100 }, (_, i) => lengths.slice(i * 10, i * 10 + 10));
    expect(padding(grouped)).toBeLessThan(padding(plain) / 10);
  });

  test("refuses sizes that are no counts", () => {
    expect(() => batchByLength({ batchSize: 0, lengthOf })).toThrow(ArgumentError);
    expect(() => batchByLength({ batchSize: 1, maxTokens: 0, lengthOf })).toThrow(ArgumentError);
  });
});
