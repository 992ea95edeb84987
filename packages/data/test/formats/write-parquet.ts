/** Fields by their number, lists, texts, 64-bit and 32-bit numbers of Thrift's compact protocol. */
type Thrift = number | bigint | string | readonly Thrift[] | { readonly [field: number]: Thrift };

export const varInt = (value: number | bigint): number[] => {
  const rest = BigInt(value);
  return rest < 128n ? [Number(rest)] : [Number(rest & 127n) | 128, ...varInt(rest >> 7n)];
};

const typeOf = (value: Thrift): number => {
  if (typeof value === "number") return 5;
  if (typeof value === "bigint") return 6;
  if (typeof value === "string") return 8;
  return Array.isArray(value) ? 9 : 12;
};

const thrift = (value: Thrift): number[] => {
  if (typeof value === "number" || typeof value === "bigint") return varInt(BigInt(value) * 2n);
  if (typeof value === "string") {
    const bytes = new TextEncoder().encode(value);
    return [...varInt(bytes.length), ...bytes];
  }
  if (Array.isArray(value)) {
    const items = value as readonly Thrift[];
    return [0xf0 | typeOf(items[0] ?? 0), ...varInt(items.length), ...items.flatMap(thrift)];
  }
  let last = 0;
  const fields = Object.entries(value).flatMap(([id, field]) => {
    const head = ((Number(id) - last) << 4) | typeOf(field as Thrift);
    last = Number(id);
    return [head, ...thrift(field as Thrift)];
  });
  return [...fields, 0];
};

/** A page of data with its head, as it lies in a file; `body` may be compressed. */
export const dataPage = (
  values: number,
  body: Iterable<number>,
  { encoding = 0, size }: { readonly encoding?: number; readonly size?: number } = {},
): Uint8Array => {
  const bytes = [...body];
  const head = thrift({
    1: 0,
    2: size ?? bytes.length,
    3: bytes.length,
    5: { 1: values, 2: encoding, 3: 3, 4: 3 },
  });
  return Uint8Array.from([...head, ...bytes]);
};

export type TestColumn = {
  readonly name: string;
  /** 1 is INT32, 6 BYTE_ARRAY. */
  readonly type: number;
  readonly isOptional?: boolean;
  readonly isText?: boolean;
  /** 0 is none, 2 gzip. */
  readonly codec?: number;
  readonly pages: readonly Uint8Array[];
  /** What the footer says that the pages become. */
  readonly size?: number;
};

/** A file around schema elements and row groups in Thrift. */
export const parquetFile = (
  body: readonly Uint8Array[],
  schema: readonly Thrift[],
  rows: number,
  groups: readonly Thrift[],
): Uint8Array => {
  const footer = Uint8Array.from(thrift({ 1: 1, 2: schema, 3: BigInt(rows), 4: groups }));
  const length = new Uint8Array(Uint32Array.of(footer.length).buffer);
  const magic = new TextEncoder().encode("PAR1");
  return new Uint8Array(Buffer.concat([magic, ...body, footer, length, magic]));
};

/** A file with one row group of flat columns, whatever their pages say. */
export const flatFile = (rows: number, columns: readonly TestColumn[]): Uint8Array => {
  let at = 4;
  const chunks = columns.map(({ name, type, codec = 0, pages, size }) => {
    const start = at;
    for (const page of pages) at += page.length;
    const length = BigInt(at - start);
    const [encodings, path] = [[0], [name]];
    return {
      2: BigInt(start),
      3: {
        1: type,
        2: encodings,
        3: path,
        4: codec,
        5: BigInt(rows),
        6: BigInt(size ?? length),
        7: length,
        9: BigInt(start),
      },
    };
  });
  const elements = columns.map(({ name, type, isOptional = false, isText = false }) => ({
    1: type,
    3: isOptional ? 1 : 0,
    4: name,
    ...(isText ? { 6: 0 } : {}),
  }));
  const schema: Thrift[] = [{ 4: "root", 5: columns.length }, ...elements];
  return parquetFile(
    columns.flatMap(({ pages }) => pages),
    schema,
    rows,
    [{ 1: chunks, 2: 0n, 3: BigInt(rows) }],
  );
};
