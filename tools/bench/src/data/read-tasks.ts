import { createReadStream, readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { createGunzip } from "node:zlib";
import {
  type ByteSource,
  csvRows,
  type Dataset,
  gunzip,
  jsonLines,
  parquetRows,
} from "@adjoint/data";
import { fileSource } from "@adjoint/data/node";
import { parse } from "csv-parse";
import { parquetReadObjects } from "hyparquet";
import Papa from "papaparse";
import type { Inputs } from "./inputs.ts";
import type { Task, Work } from "./task.ts";

/** Characters in the column "text" of all rows. */
const countOf = async (
  rows: AsyncIterable<{ readonly [column: string]: unknown }>,
): Promise<number> => {
  let count = 0;
  for await (const row of rows) count += String(row["text"]).length;
  return count;
};

const textLength = (row: unknown): number =>
  typeof row === "object" && row !== null && "text" in row ? String(row.text).length : 0;

const read =
  (open: (source: ByteSource) => Dataset<{ readonly [column: string]: unknown }>, path: string) =>
  (): Promise<number> =>
    countOf(open(fileSource(path)));

/** Node's own lines through JSON.parse. */
const plainLines = async (input: NodeJS.ReadableStream): Promise<number> => {
  let count = 0;
  for await (const line of createInterface({ input })) count += textLength(JSON.parse(line));
  return count;
};

const megabytes = (path: string): number => statSync(path).size / 1e6;

const arrayBuffer = async (path: string): Promise<ArrayBuffer> =>
  Uint8Array.from(await readFile(path)).buffer;

/** Reading of files, row by row. */
export const readTasks = ({ paths }: Inputs): readonly Task[] => [
  {
    name: "jsonl",
    megabytes: megabytes(paths.jsonl),
    engines: new Map<string, Work>([
      ["adjoint", read(jsonLines, paths.jsonl)],
      ["node-readline", () => plainLines(createReadStream(paths.jsonl))],
      [
        "node-whole-file",
        () =>
          readFileSync(paths.jsonl, "utf8")
            .trimEnd()
            .split("\n")
            .reduce((sum, line) => sum + textLength(JSON.parse(line)), 0),
      ],
    ]),
    python: { path: paths.jsonl, engine: "datasets" },
  },
  {
    name: "gzip",
    megabytes: megabytes(paths.jsonl),
    engines: new Map<string, Work>([
      ["adjoint", read((source) => jsonLines(gunzip(source)), paths.gzip)],
      ["node-zlib", () => plainLines(createReadStream(paths.gzip).pipe(createGunzip()))],
    ]),
    python: { path: paths.gzip, engine: "datasets" },
  },
  {
    name: "csv",
    megabytes: megabytes(paths.csv),
    engines: new Map<string, Work>([
      ["adjoint", read(csvRows, paths.csv)],
      ["csv-parse", () => countOf(createReadStream(paths.csv).pipe(parse({ columns: true })))],
      [
        "papaparse",
        () =>
          Papa.parse(readFileSync(paths.csv, "utf8"), {
            header: true,
            skipEmptyLines: true,
          }).data.reduce((sum: number, row) => sum + textLength(row), 0),
      ],
    ]),
    python: { path: paths.csv, engine: "datasets" },
  },
  {
    name: "parquet",
    megabytes: megabytes(paths.jsonl),
    engines: new Map<string, Work>([
      ["adjoint", read(parquetRows, paths.parquet)],
      [
        "hyparquet",
        async () =>
          (await parquetReadObjects({ file: await arrayBuffer(paths.parquet) })).reduce(
            (sum, row) => sum + textLength(row),
            0,
          ),
      ],
    ]),
    python: { path: paths.parquet, engine: "datasets" },
  },
];
