import { createDataset, type Step } from "../dataset/create-dataset.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { stateCount, stateFields } from "../dataset/internal/read-state.ts";
import type { ByteSource } from "../sources/byte-source.ts";
import { joinBytes } from "../sources/internal/join-bytes.ts";
import { type ByteLine, byteLines, type LinePlace } from "./internal/byte-lines.ts";
import { decodeText } from "./internal/decode-text.ts";
import { linePlace, lineRows, orSkip, textOfLine, tooLong } from "./internal/line-rows.ts";
import { orReport } from "./internal/or-report.ts";
import { type TextOptions, textSettings, type TextSettings } from "./text-options.ts";

/**
 * The lines of a text, without their ends (LF or CR LF), empty ones too. Readers get DataError with the line and the byte
 * for a line that is too long or not UTF-8, unless `onError` says otherwise.
 *
 * ```ts doctest
 * import { bytesSource, collect, textLines } from "@adjoint/data";
 * await collect(textLines(bytesSource("one\r\n\ntwo"))); // => ["one", "", "two"]
 * ```
 */
export const textLines = (source: ByteSource, options: TextOptions = {}): Dataset<string> =>
  lineRows(source, textSettings("textLines", options), (value) => ({ value }));

/** The text of the lines that belong together, and where the next ones begin. */
type Block = { readonly lines: string[]; bytes: number; isBad: boolean };

const addLine = (
  settings: TextSettings,
  source: ByteSource,
  block: Block,
  line: ByteLine,
): void => {
  if (block.isBad) return;
  const row = orSkip(settings, () => {
    block.bytes += line.bytes?.length ?? 0;
    const position = { source: source.name, line: line.line, byte: line.byte };
    if (block.bytes > settings.maxRowBytes) throw tooLong(settings, position);
    return { value: textOfLine(settings, source, line) };
  });
  if (row === undefined) block.isBad = true; // its other lines go with it
  else block.lines.push(row.value);
};

const newBlock = (): Block => ({ lines: [], bytes: 0, isBad: false });

const isBlank = ({ bytes }: ByteLine): boolean =>
  bytes !== undefined && bytes.every((byte) => byte === 32 || (byte >= 9 && byte <= 13));

const stepOf = ({ lines }: Block, end: LinePlace): Step<string> => ({
  value: lines.join("\n"),
  state: { byte: end.byte, line: end.line },
});

/**
 * The paragraphs of a text: lines without a blank one between them, joined by line feeds. A bad line takes its paragraph
 * with it.
 *
 * ```ts doctest
 * import { bytesSource, collect, textParagraphs } from "@adjoint/data";
 * await collect(textParagraphs(bytesSource("a\nb\n\n\nc\n"))); // => ["a\nb", "c"]
 * ```
 */
export const textParagraphs = (source: ByteSource, options: TextOptions = {}): Dataset<string> => {
  const settings = textSettings("textParagraphs", options);
  async function* run(place: LinePlace): AsyncGenerator<Step<string>> {
    let block = newBlock();
    let end = place;
    for await (const lines of byteLines(source, place, settings.maxRowBytes, settings.report))
      for (const line of lines) {
        end = { byte: line.end, line: line.line + 1 };
        if (!isBlank(line)) {
          addLine(settings, source, block, line);
          continue;
        }
        if (block.lines.length > 0 && !block.isBad) yield stepOf(block, end);
        block = newBlock();
      }
    if (block.lines.length > 0 && !block.isBad) yield stepOf(block, end);
  }
  return createDataset((state) => run(linePlace("textParagraphs", state)));
};

const allPieces = async (
  source: ByteSource,
  settings: TextSettings,
): Promise<readonly Uint8Array[]> => {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of source.stream()) {
    length += piece.length;
    if (length > settings.maxRowBytes) throw tooLong(settings, { source: source.name });
    pieces.push(piece);
  }
  return pieces;
};

const readWhole = async (
  source: ByteSource,
  settings: TextSettings,
): Promise<Uint8Array | undefined> => {
  const pieces = await orReport(settings.report, () => allPieces(source, settings));
  if (pieces === undefined) return undefined;
  const whole = joinBytes(pieces);
  return whole[0] === 0xef && whole[1] === 0xbb && whole[2] === 0xbf ? whole.subarray(3) : whole;
};

/**
 * A whole text as one item: a file that is a document.
 *
 * ```ts doctest
 * import { bytesSource, collect, wholeText } from "@adjoint/data";
 * await collect(wholeText(bytesSource("one\ntwo"))); // => ["one\ntwo"]
 * ```
 */
export const wholeText = (source: ByteSource, options: TextOptions = {}): Dataset<string> => {
  const settings = textSettings("wholeText", options);
  const decode = (bytes: Uint8Array): string =>
    decodeText("wholeText", bytes, { source: source.name, byte: 0 }, settings.invalid);
  async function* run(first: number): AsyncGenerator<Step<string>> {
    if (first > 0) return;
    const bytes = await readWhole(source, settings);
    const row =
      bytes === undefined ? undefined : orSkip(settings, () => ({ value: decode(bytes) }));
    if (row !== undefined) yield { value: row.value, state: { index: 1 } };
  }
  return createDataset((state) => {
    const fields = stateFields("wholeText", state);
    return run(stateCount("wholeText", fields, "index"));
  });
};
