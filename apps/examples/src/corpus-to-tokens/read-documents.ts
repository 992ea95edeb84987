import { DataError, type Dataset, decompress, flatMap, jsonLines, map, pipe } from "@adjoint/data";
import { folder, type FolderFile } from "@adjoint/data/node";
import { isEmail, readEmail } from "./read-email.ts";

/** A document as it was found. */
export type RawDocument = {
  /** The file it is from. */
  readonly path: string;
  readonly kind: "text" | "html";
  readonly text: string;
  /** Bytes that it took in the file, decompressed: headers, markup, attachments and all. */
  readonly rawBytes: number;
};

/** Which files are read, and how. */
export type ReadOptions = {
  /** The folder. */
  readonly corpus: string;
  /** Patterns of paths within it. */
  readonly glob: readonly string[];
  /** The key of the text in rows of JSON Lines. */
  readonly field: string;
  /** Told of a file or a row that cannot be read; it is left out. */
  readonly onBad: (path: string, error: DataError) => void;
};

/** Most bytes of a file that is one document. */
const maxBytes = 64 * 2 ** 20;

/** UTF-8, or what old pages and mails that are not are mostly written in. */
const decode = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
};

const readAll = async (file: FolderFile): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of decompress(file).stream()) {
    pieces.push(piece);
    size += piece.length;
    if (size > maxBytes)
      throw new DataError(
        { operation: "corpus", rule: `a document has at most ${maxBytes} bytes`, got: "more" },
        { source: file.path, byte: maxBytes },
      );
  }
  return Buffer.concat(pieces);
};

const readFile = async (file: FolderFile, extension: string): Promise<RawDocument> => {
  const bytes = await readAll(file);
  const found = { path: file.path, rawBytes: bytes.length };
  if (extension === "html" || extension === "htm")
    return { ...found, kind: "html", text: decode(bytes) };
  if (extension === "eml" || isEmail(bytes)) return { ...found, ...(await readEmail(bytes)) };
  return { ...found, kind: "text", text: decode(bytes) };
};

const rowsOf = (file: FolderFile, { field, onBad }: ReadOptions): Dataset<RawDocument> => {
  const bad = (error: DataError): void => onBad(file.path, error);
  return pipe(
    jsonLines(decompress(file), { invalid: "replace", onError: bad }),
    map((row) => {
      const value = row[field];
      const text = typeof value === "string" ? value : "";
      const rawBytes = Buffer.byteLength(JSON.stringify(row));
      return { path: file.path, kind: "text" as const, text, rawBytes };
    }),
  );
};

async function* documentOf(
  file: FolderFile,
  extension: string,
  { onBad }: ReadOptions,
): AsyncGenerator<RawDocument> {
  const document = await readFile(file, extension).catch((error: unknown) => {
    if (!(error instanceof DataError)) throw error;
    onBad(file.path, error);
  });
  if (document !== undefined) yield document;
}

/**
 * The documents of a folder with .html, .txt, .jsonl and .eml files, e-mails under any name, each gzipped or not. One
 * file is one document, but for the rows of .jsonl.
 */
export const readDocuments = (options: ReadOptions): Dataset<RawDocument> =>
  pipe(
    folder(options.corpus, { glob: options.glob }),
    flatMap((file) => {
      const extension = /\.(\w+)(\.gz|\.zst)?$/i.exec(file.path)?.[1]?.toLowerCase() ?? "";
      return extension === "jsonl" || extension === "ndjson"
        ? rowsOf(file, options)
        : documentOf(file, extension, options);
    }),
  );
