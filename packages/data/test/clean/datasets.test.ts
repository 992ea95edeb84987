import {
  cleanDataset,
  cleanTexts,
  type CleaningReport,
  collect,
  type Dataset,
  type DatasetState,
  DatasetStateError,
  duplicatePassages,
  exactDuplicates,
  fromArray,
  nearDuplicates,
  pipe,
  withoutDuplicates,
  withoutPassages,
} from "@adjoint/data";
import { describe, expect, test } from "vitest";

/** What comes out from each place on, when the reader stops there and another goes on from the written state. */
const resumed = async <A>(dataset: Dataset<A>): Promise<readonly (readonly A[])[]> => {
  const states: DatasetState[] = [null];
  const iterator = dataset.open();
  for await (const _ of iterator) states.push(JSON.parse(JSON.stringify(iterator.state())));
  return Promise.all(states.map((state) => collect(dataset.open(state))));
};

const expectResumes = async <A>(dataset: Dataset<A>): Promise<void> => {
  const whole = await collect(dataset);
  expect(await resumed(dataset)).toEqual(
    Array.from({ length: whole.length + 1 }, (_, i) => whole.slice(i)),
  );
  expect(await collect(dataset)).toEqual(whole);
};

const texts = ["a b c", "x", "a b c", "y y", "x", "z", "y y", "w"];

describe("withoutDuplicates", () => {
  test("keeps the first, and goes on from every place", async () => {
    const unique = pipe(fromArray(texts), withoutDuplicates(exactDuplicates()));
    expect(await collect(unique)).toEqual(["a b c", "x", "y y", "z", "w"]);
    await expectResumes(unique);
    await expectResumes(
      pipe(fromArray(texts), withoutDuplicates(nearDuplicates({ permutations: 16 }))),
    );
    expect(() => unique.open(7)).toThrow(DatasetStateError);
  });

  test("takes the text from records", async () => {
    const rows = texts.map((text, id) => ({ id, text }));
    const unique = pipe(
      fromArray(rows),
      withoutDuplicates(exactDuplicates(), ({ text }) => text),
    );
    expect((await collect(unique)).map(({ id }) => id)).toEqual([0, 1, 3, 5, 7]);
    await expectResumes(unique);
  });

  test("withoutPassages drops what is left empty", async () => {
    const notice = "All of this is the property of nobody.";
    const cleaned = pipe(
      fromArray([`one\n${notice}`, notice, "", `two\n${notice}`]),
      withoutPassages(duplicatePassages()),
    );
    expect(await collect(cleaned)).toEqual([`one\n${notice}`, "", "two"]);
    await expectResumes(cleaned);
  });
});

describe("cleanDataset", () => {
  const rules = [
    { name: "trim", edit: (text: string) => text.trim() },
    { name: "short", keep: (text: string) => text.length < 4 },
  ];

  test("goes on from every place, with its report", async () => {
    const reports: CleaningReport[] = [];
    const dataset = pipe(
      fromArray([" x ", "a b c", "y y", "z"]),
      cleanTexts(rules, { onReport: (report) => reports.push(report) }),
    );
    expect(await collect(dataset)).toEqual(["x", "y y", "z"]);
    const whole = reports.at(-1);
    expect(whole).toMatchObject({ documentsIn: 4, documentsOut: 3, bytesIn: 12, bytesOut: 5 });
    const iterator = dataset.open();
    await iterator.next();
    await collect(dataset.open(iterator.state()));
    expect(reports.at(-1)).toEqual(whole);
    await expectResumes(dataset);
  });

  test("changes the text of records", async () => {
    const dataset = pipe(
      fromArray([
        { id: 1, text: " a " },
        { id: 2, text: "long text" },
      ]),
      cleanDataset(rules, { get: ({ text }) => text, set: (row, text) => ({ ...row, text }) }),
    );
    expect(await collect(dataset)).toEqual([{ id: 1, text: "a" }]);
    expect(() => dataset.open({ of: null, report: 3 })).toThrow(/cleaner: the state/);
  });
});
