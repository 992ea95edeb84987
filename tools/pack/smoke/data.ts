import {
  bytesSource,
  collect,
  decodeImage,
  gunzip,
  jsonLines,
  map,
  parquetRows,
  pipe,
  shuffle,
} from "@adjoint/data";

/** {"n":1} and {"n":2} on two lines, by gzip. */
const packed = "H4sIAAAAAAAAA6tWylOyMqzlqgbRRrVcAEXGmL4QAAAA";

const gray =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgBwAACQAIICPDjAAAAABJRU5ErkJggg==";

const unpack = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** Uses the installed package a little; ends with its name. */
export const smoke = async (): Promise<string> => {
  const rows = pipe(
    jsonLines(gunzip(bytesSource(unpack(packed)))),
    map(({ n }) => Number(n)),
    shuffle(2, { key: 0 }),
  );
  const iterator = rows.open();
  const first = await iterator.next();
  const rest = await collect(rows.open(iterator.state()));
  const numbers = [first.value, ...rest].sort();
  if (String(numbers) !== "1,2") throw new Error(`expected 1,2, got ${numbers}`);
  const refused = await collect(parquetRows(bytesSource("no"))).catch((error: Error) => error.name);
  if (refused !== "DataError") throw new Error(`expected a DataError, got ${String(refused)}`);
  return decodeImage(unpack(gray)).data.length === 1 ? "data works" : "data fails";
};
