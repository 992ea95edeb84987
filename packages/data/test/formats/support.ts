import { type ByteSource, collect, type Dataset, type DatasetState } from "@adjoint/data";
import { expect } from "vitest";

/** The same source in pieces of `size` bytes. */
export const inPieces = (source: ByteSource, size: number): ByteSource => ({
  ...source,
  async *stream(start = 0) {
    for await (const piece of source.stream(start))
      for (let at = 0; at < piece.length; at += size) yield piece.slice(at, at + size);
  },
});

/** Checks that a dataset, stopped after any item, goes on with the next one. */
export const resumesEverywhere = async (make: () => Dataset<unknown>): Promise<void> => {
  const all = await collect(make());
  const iterator = make().open();
  for (let given = 0; given <= all.length; given++) {
    const state = JSON.parse(JSON.stringify(iterator.state())) as DatasetState;
    expect(await collect(make().open(state))).toEqual(all.slice(given));
    await iterator.next();
  }
  await iterator.return();
};
