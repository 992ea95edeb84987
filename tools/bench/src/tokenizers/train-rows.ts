import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TokenizerSpec, trainBpe } from "@adjoint/tokenizers";
import { BPE, byteLevelPreTokenizer, Tokenizer } from "tokenizers";
import { median } from "../report/median.ts";
import type { Row } from "../report/report.ts";
import { reference } from "./encoders.ts";
import { interleaved } from "./interleaved.ts";
import { megabytes, wholeText } from "./texts.ts";

/** What npm's tokenizers trains to; it takes no other. */
const vocabSize = 30_000;

const mergesOf = ({ model }: TokenizerSpec): number =>
  model.type === "BPE" && model.merges !== "ranks" ? model.merges.length : 0;

/** One line an engine: reading a file of `length` UTF-16 units and training a byte-level BPE of 30,000 tokens. */
export const trainRows = async (length: number, rounds: number): Promise<readonly Row[]> => {
  const folder = mkdtempSync(join(tmpdir(), "adjoint-bench-"));
  const file = join(folder, "corpus.txt");
  writeFileSync(file, wholeText(length));
  const made = new Map<string, number>();
  const adjoint = async (): Promise<void> => {
    const lines = readFileSync(file, "utf8").split(/(?<=\n)/);
    const spec = await trainBpe(lines, {
      vocabSize,
      preTokenizer: {
        type: "ByteLevel",
        addPrefixSpace: false,
        trimOffsets: true,
        useRegex: true,
      },
    });
    made.set("adjoint", mergesOf(spec));
  };
  const rust = (): void => {
    const tokenizer = new Tokenizer(BPE.empty());
    tokenizer.setPreTokenizer(byteLevelPreTokenizer(false));
    tokenizer.train([file]);
    const saved = join(folder, "tokenizer.json");
    tokenizer.save(saved);
    const { model } = JSON.parse(readFileSync(saved, "utf8")) as { model: { merges: unknown[] } };
    made.set(reference, model.merges.length);
  };
  const works = new Map<string, () => unknown>([
    ["adjoint", adjoint],
    [reference, rust],
  ]);
  console.error("train: warming up ...");
  const seconds = await interleaved(works, rounds);
  const size = megabytes([readFileSync(file, "utf8")]);
  rmSync(folder, { recursive: true });
  const others = seconds.get(reference) ?? [];
  return [...seconds].map(([engine, own]) => ({
    bench: "tokenizers",
    config: "train",
    task: "byte-level BPE",
    engine,
    megabytes: size,
    merges: made.get(engine),
    mbPerSecond: size / median(own),
    timesRust: median(own.map((each, i) => (others[i] ?? 0) / each)),
  }));
};
