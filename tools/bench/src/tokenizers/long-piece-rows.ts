import { performance } from "node:perf_hooks";
import type { Row } from "../report/report.ts";
import type { Encode } from "./encoder.ts";
import { encoders } from "./encoders.ts";

const lengths = [10_000, 100_000, 1_000_000] as const;
/** A length is left out where a quadratic engine would take longer. */
const patience = 20;

const texts: Readonly<Record<string, (length: number) => string>> = {
  "one character": (length) => "a".repeat(length),
  "no spaces": (length) =>
    Array.from({ length }, (_, i) => String.fromCharCode(97 + ((i * i * 7 + i * 3) % 26))).join(""),
};

const timed = async (encode: Encode, text: string): Promise<number> => {
  const start = performance.now();
  await encode([text]);
  return (performance.now() - start) / 1000;
};

/** One line an engine and text: milliseconds for a single word of growing length. */
export const longPieceRows = async (): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (const [task, textOf] of Object.entries(texts))
    for (const { name, load } of encoders) {
      const base = { bench: "tokenizers", config: "cl100k", task, engine: name };
      const encode = await load("cl100k").catch(() => undefined);
      if (encode === undefined) {
        rows.push({ ...base, absent: true });
        continue;
      }
      console.error(`${task}: ${name}`);
      await encode(["warm up".repeat(100)]);
      const taken = new Map<string, number>();
      let last = 0;
      for (const length of lengths) {
        if (last * 100 > patience) break;
        last = await timed(encode, textOf(length));
        taken.set(`ms${length / 1000}k`, last * 1000);
      }
      rows.push({
        ...base,
        ...Object.fromEntries(taken),
        ...(taken.size < lengths.length ? { reason: "longer ones could take minutes" } : {}),
      });
    }
  return rows;
};
