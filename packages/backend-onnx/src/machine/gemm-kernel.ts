import { unsignedLeb } from "../wasm/encoding.ts";
import {
  type FunctionBuilder,
  functionBuilder,
  type WasmFunction,
} from "../wasm/function-builder.ts";
import {
  type Expr,
  f32x4,
  getLocal,
  i32,
  i32x4,
  type LaneType,
  type Local,
  setLocal,
  simd,
  type Statement,
  whileLoop,
} from "../wasm/instructions.ts";
import { choose, ifElse } from "./control.ts";
import { countedLoop } from "./counted-loop.ts";

type Address = Expr<"i32">;
type Vector = Expr<"f32x4">;

/** Rows and columns of the tile that stays in registers: 12 sums, 2 vectors of b and 1 of a make 15 of 16. */
export const tileRows = 6;
export const tileColumns = 8;

/** How many steps of the inner loop are written out. */
const unrolled = 4;

const vectorAt = (opcode: number, offset: number, address: Address): Vector => ({
  type: "f32x4" satisfies LaneType,
  code: [...address.code, ...simd(opcode), 0, ...unsignedLeb(offset)],
});
const load = (address: Address, offset: number): Vector => vectorAt(0, offset, address);
const splat = (address: Address, offset: number): Vector => vectorAt(9, offset, address);
const loadPair = (address: Address, offset: number): Vector => vectorAt(93, offset, address);
const store = (address: Address, offset: number, value: Vector): Statement => [
  ...address.code,
  ...value.code,
  ...simd(11),
  0,
  ...unsignedLeb(offset),
];
const storePair = (address: Address, offset: number, value: Vector): Statement => [
  ...address.code,
  ...value.code,
  ...simd(91),
  0,
  ...unsignedLeb(offset),
  0,
];
const storeOne = (address: Address, offset: number, value: Vector): Statement => [
  ...address.code,
  ...value.code,
  ...simd(90),
  0,
  ...unsignedLeb(offset),
  0,
];

const number = (value: number): Address => i32.constant(value);
const plus = (a: Address, b: Address): Address => i32.add(a, b);
const times = (a: Address, b: Address): Address => i32.mul(a, b);
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

const advance = (local: Local<"i32">, by: Address): Statement =>
  setLocal(local, plus(getLocal(local), by));

const smaller = (a: Address, b: Address): Address => choose(i32.lessThanUnsigned(a, b), a, b);

/**
 * Writes `lanes` numbers of each of `depth` lines, line after line, as many panels as `count` numbers need, zeros where
 * they end. `line` is the step from line to line, `next` within a line.
 */
const pack = (
  builder: FunctionBuilder,
  to: Address,
  from: Address,
  {
    line,
    next,
    count,
    depth,
    lanes,
  }: {
    readonly line: Address;
    readonly next: Address;
    readonly count: Address;
    readonly depth: Address;
    readonly lanes: number;
  },
): void => {
  const target = builder.local("i32");
  builder.emit(setLocal(target, to));
  countedLoop(builder, count, lanes, (start) => {
    const source = builder.local("i32");
    builder.emit(setLocal(source, plus(from, times(start, next))));
    const step = (copy: Statement): Statement => [
      ...copy,
      ...advance(source, line),
      ...advance(target, number(lanes * 4)),
    ];
    const lines = (copy: Statement): Statement =>
      builder.block(() => countedLoop(builder, depth, 1, () => builder.emit(step(copy))));
    const wide = range(lanes >> 2).flatMap((i) =>
      store(getLocal(target), 16 * i, load(getLocal(source), 16 * i)),
    );
    const pair =
      lanes % 4 === 2
        ? storePair(getLocal(target), lanes * 4 - 8, loadPair(getLocal(source), lanes * 4 - 8))
        : [];
    const strided = range(lanes).flatMap((i) =>
      storeOne(getLocal(target), 4 * i, splat(plus(getLocal(source), times(number(i), next)), 0)),
    );
    const left = builder.keep(i32.sub(count, start));
    const zero = builder.constant(f32x4.constant(0));
    const partial = builder.block(() => {
      const place = builder.local("i32");
      countedLoop(builder, depth, 1, () => {
        countedLoop(builder, number(lanes), 1, (i) => {
          builder.emit(setLocal(place, plus(getLocal(target), i32.shiftLeft(i, number(2)))));
          const inside = storeOne(
            getLocal(place),
            0,
            splat(plus(getLocal(source), times(i, next)), 0),
          );
          builder.emit(
            ifElse(i32.lessThanUnsigned(i, left), inside, storeOne(getLocal(place), 0, zero)),
          );
        });
        builder.emit(step([]));
      });
    });
    const unit = i32.sub(next, number(4));
    const whole = ifElse(unit, lines(strided), lines([...wide, ...pair]));
    builder.emit(ifElse(i32.lessThanUnsigned(left, number(lanes)), partial, whole));
  });
};

/** Sums of a tile over `depth`, stored at `to`. `rowOf` gives the element of `a` in a row, a given number of lines on. */
const tile = (
  builder: FunctionBuilder,
  fused: boolean,
  {
    to,
    step,
    depth,
    b,
    unroll,
    scale,
    rowOf,
    move,
  }: {
    readonly to: Address;
    readonly step: Address;
    readonly depth: Address;
    readonly b: Address;
    readonly unroll: number;
    readonly scale: Vector;
    readonly rowOf: (row: number, line: number) => Vector;
    readonly move: (lines: number) => Statement;
  },
): void => {
  const halves = tileColumns / 4;
  const sums = range(tileRows).map(() => range(halves).map(() => builder.local("f32x4")));
  for (const sum of sums.flat()) builder.emit(setLocal(sum, f32x4.constant(0)));
  const place = builder.local("i32");
  builder.emit(setLocal(place, b));
  const vectors = range(halves).map(() => builder.local("f32x4"));
  const element = builder.local("f32x4");
  const line = (at: number): Statement => [
    ...vectors.flatMap((v, j) => setLocal(v, load(getLocal(place), at * tileColumns * 4 + 16 * j))),
    ...sums.flatMap((row, i) => [
      ...setLocal(element, rowOf(i, at)),
      ...row.flatMap((sum, j) => {
        const [x, y, z] = [getLocal(element), getLocal(vectors[j] ?? element), getLocal(sum)];
        return setLocal(
          sum,
          fused ? f32x4.relaxedMultiplyAdd(x, y, z) : f32x4.add(f32x4.mul(x, y), z),
        );
      }),
    ]),
  ];
  const lines = (count: number): Statement => [
    ...range(count).flatMap(line),
    ...move(count),
    ...advance(place, number(count * tileColumns * 4)),
  ];
  const left = builder.local("i32");
  builder.emit(setLocal(left, depth));
  const run = (count: number): Statement =>
    whileLoop(i32.lessThanUnsigned(number(count - 1), getLocal(left)), [
      ...lines(count),
      ...advance(left, number(-count)),
    ]);
  if (unroll > 1) builder.emit(run(unroll));
  builder.emit(run(1));
  const row = builder.local("i32");
  builder.emit(setLocal(row, to));
  for (const sum of sums)
    builder.emit([
      ...sum.flatMap((s, j) => store(getLocal(row), 16 * j, f32x4.mul(getLocal(s), scale))),
      ...advance(row, step),
    ]);
};

/** Bytes of scratch memory that a product needs. */
export const gemmScratch = (m: number, n: number, k: number): number => {
  const padded = (count: number, lanes: number): number => Math.ceil(count / lanes) * lanes;
  return 256 + 4 * k * (padded(n, tileColumns) + padded(m, tileRows));
};

/** What the tiles of one panel of columns share. */
type PanelShare = Readonly<
  Record<
    | "a"
    | "aRow"
    | "c"
    | "cRow"
    | "m"
    | "k"
    | "edge"
    | "isStrided"
    | "panelsA"
    | "panel"
    | "column"
    | "columns",
    Address
  >
> & { readonly scale: Vector };

/** Computes the tiles below each other in one panel of columns. */
const rowPanels = (
  builder: FunctionBuilder,
  fused: boolean,
  { a, aRow, c, cRow, m, k, scale, edge, isStrided, panelsA, panel, column, columns }: PanelShare,
): void => {
  const packed = builder.local("i32");
  builder.emit(setLocal(packed, panelsA));
  countedLoop(builder, m, tileRows, (row) => {
    const rows = builder.keep(smaller(i32.sub(m, row), number(tileRows)));
    const isEdge = builder.keep(i32.sub(number(tileRows * tileColumns), times(rows, columns)));
    const place = builder.keep(plus(c, plus(times(row, cRow), i32.shiftLeft(column, number(2)))));
    const to = builder.keep(choose(isEdge, edge, place));
    const step = builder.keep(choose(isEdge, number(tileColumns * 4), cRow));
    const shared = { to, step, depth: k, b: panel, scale };
    const fromPanels = builder.block(() => {
      const at = builder.local("i32");
      builder.emit(setLocal(at, getLocal(packed)));
      tile(builder, fused, {
        ...shared,
        unroll: unrolled,
        rowOf: (i, line) => splat(getLocal(at), (line * tileRows + i) * 4),
        move: (lines) => advance(at, number(lines * tileRows * 4)),
      });
    });
    const fromRows = builder.block(() => {
      const last = builder.keep(i32.sub(rows, number(1)));
      const first = builder.keep(plus(a, times(row, aRow)));
      const at = range(tileRows).map((i) => {
        const local = builder.local("i32");
        builder.emit(setLocal(local, plus(first, times(smaller(number(i), last), aRow))));
        return local;
      });
      tile(builder, fused, {
        ...shared,
        unroll: unrolled,
        rowOf: (i, line) => splat(getLocal(at[i] ?? packed), line * 4),
        move: (lines) => at.flatMap((local) => advance(local, number(lines * 4))),
      });
    });
    builder.emit(ifElse(isStrided, fromPanels, fromRows));
    builder.emit(
      ifElse(
        isEdge,
        builder.block(() => copyEdge(builder, { edge, place, rows, columns, cRow })),
        [],
      ),
    );
    builder.emit(advance(packed, times(i32.shiftLeft(k, number(2)), number(tileRows))));
  });
};

/**
 * Writes a matrix product as a function of byte addresses and steps:
 * `(a, aRow, aColumn, b, bRow, bColumn, c, cRow, m, n, k, scratch, alpha)`; c (m, n) = alpha a (m, k) b (k, n), its rows
 * dense; alpha is given as the bits of a float32.
 *
 * b is copied to panels of 8 columns; so is a to panels of 6 rows, unless its rows are dense. Tiles at the edges are
 * computed in full and stored in part.
 * Source: K. Goto, R. van de Geijn, "Anatomy of high-performance matrix multiplication", 2008, doi 10.1145/1356052.1356053.
 */
export const emitGemm = (fused: boolean): WasmFunction => {
  const builder = functionBuilder(13);
  const [a, aRow, aColumn, b, bRow, bColumn, c, cRow, m, n, k, scratch, alpha] =
    builder.parameters.map(getLocal);
  if (
    !a ||
    !aRow ||
    !aColumn ||
    !b ||
    !bRow ||
    !bColumn ||
    !c ||
    !cRow ||
    !m ||
    !n ||
    !k ||
    !scratch ||
    !alpha
  )
    return builder.finish();
  const edge = scratch;
  const panelsB = builder.keep(plus(scratch, number(256)));
  const paddedN = i32.and(plus(n, number(tileColumns - 1)), number(-tileColumns));
  const panelsA = builder.keep(plus(panelsB, times(i32.shiftLeft(k, number(2)), paddedN)));
  pack(builder, panelsB, b, { line: bRow, next: bColumn, count: n, depth: k, lanes: tileColumns });
  const isStrided = builder.keep(i32.sub(aColumn, number(4)));
  const scale = builder.keep(f32x4.fromBits(i32x4.splat(alpha)));
  builder.emit(
    ifElse(
      isStrided,
      builder.block(() =>
        pack(builder, panelsA, a, {
          line: aColumn,
          next: aRow,
          count: m,
          depth: k,
          lanes: tileRows,
        }),
      ),
      [],
    ),
  );
  const kBytes = builder.keep(i32.shiftLeft(k, number(2)));
  const panel = builder.local("i32");
  builder.emit(setLocal(panel, panelsB));
  countedLoop(builder, n, tileColumns, (column) => {
    const columns = builder.keep(smaller(i32.sub(n, column), number(tileColumns)));
    const shared = {
      a,
      aRow,
      c,
      cRow,
      m,
      k,
      scale,
      edge,
      isStrided,
      panelsA,
      panel: getLocal(panel),
      column,
      columns,
    };
    rowPanels(builder, fused, shared);
    builder.emit(advance(panel, times(kBytes, number(tileColumns))));
  });
  return builder.finish();
};

const copyEdge = (
  builder: FunctionBuilder,
  {
    edge,
    place,
    rows,
    columns,
    cRow,
  }: Readonly<Record<"edge" | "place" | "rows" | "columns" | "cRow", Address>>,
): void =>
  countedLoop(builder, rows, 1, (i) => {
    countedLoop(builder, columns, 1, (j) => {
      const from = plus(edge, plus(times(i, number(tileColumns * 4)), i32.shiftLeft(j, number(2))));
      const to = plus(place, plus(times(i, cRow), i32.shiftLeft(j, number(2))));
      builder.emit(storeOne(to, 0, splat(from, 0)));
    });
  });
