import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openTokenWriter } from "@adjoint/data/node";
import { parquetWriteBuffer } from "hyparquet-writer";
import { documents } from "../tokenizers/texts.ts";

/** Texts, and files that hold them, in a folder of their own. */
export type Inputs = {
  readonly folder: string;
  readonly texts: readonly string[];
  readonly paths: Readonly<Record<"jsonl" | "gzip" | "csv" | "parquet" | "tokens", string>>;
};

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

const tokensOf = (text: string): number[] =>
  Array.from(text, (character) => (character.codePointAt(0) ?? 0) % 50_000);

/** Documents of 500 characters, so that rows and not bytes dominate; about 3 MB, some of them twice. */
const makeTexts = (): readonly string[] => {
  const texts = documents(600_000).flatMap(
    (text) => text.toWellFormed().match(/[^]{1,500}/gu) ?? [],
  );
  return [...texts, ...texts.filter((_, i) => i % 10 === 0)];
};

/** Writes the files that the benchmark reads. */
export const makeInputs = async (): Promise<Inputs> => {
  const folder = await mkdtemp(join(tmpdir(), "adjoint-bench-"));
  const texts = makeTexts();
  const ids = texts.map((_, i) => i);
  const lines = texts.map((text, id) => `${JSON.stringify({ id, text })}\n`).join("");
  const [jsonl, gzip, csv, parquet, tokens] = [
    "x.jsonl",
    "x.jsonl.gz",
    "x.csv",
    "x.parquet",
    "tokens",
  ].map((name) => join(folder, name));
  if (!jsonl || !gzip || !csv || !parquet || !tokens) throw new Error("no paths");
  await writeFile(jsonl, lines);
  await writeFile(gzip, gzipSync(lines));
  await writeFile(csv, `id,text\n${texts.map((text, id) => `${id},${quoted(text)}\n`).join("")}`);
  const columnData = [
    { name: "id", data: ids, type: "INT32" as const },
    { name: "text", data: [...texts], type: "STRING" as const },
  ];
  await writeFile(parquet, new Uint8Array(parquetWriteBuffer({ columnData, rowGroupSize: 2000 })));
  const writer = await openTokenWriter(tokens, { dtype: "uint16" });
  for (const text of texts) await writer.append(tokensOf(text));
  await writer.finish();
  return { folder, texts, paths: { jsonl, gzip, csv, parquet, tokens } };
};
