import { firstLine } from "../report/first-line.ts";
import { median } from "../report/median.ts";
import type { Row } from "../report/report.ts";
import type { Config, Encode, Encoder } from "./encoder.ts";
import { encoders, reference } from "./encoders.ts";
import { interleaved } from "./interleaved.ts";
import { megabytes } from "./texts.ts";

type Loaded = { readonly encoder: Encoder; readonly encode?: Encode; readonly absent?: string };

const load = async (encoder: Encoder, config: Config): Promise<Loaded> => {
  try {
    const encode = await encoder.load(config);
    return encode === undefined
      ? { encoder, absent: "has no such vocabulary" }
      : { encoder, encode };
  } catch (error) {
    return { encoder, absent: firstLine(error) };
  }
};

/** Median over the rounds of how many times as fast as the reference. */
const timesReference = (
  own: readonly number[],
  others: readonly number[] | undefined,
): number | undefined =>
  others === undefined ? undefined : median(own.map((seconds, i) => (others[i] ?? 0) / seconds));

/** One line an engine: how fast it encodes `texts`. */
export const encodeRows = async (
  config: Config,
  task: string,
  texts: readonly string[],
  rounds: number,
): Promise<readonly Row[]> => {
  const loaded = await Promise.all(encoders.map((encoder) => load(encoder, config)));
  const works = new Map<string, () => Promise<void>>();
  const tokens = new Map<string, number>();
  for (const { encoder, encode } of loaded)
    if (encode !== undefined)
      works.set(encoder.name, async () => {
        tokens.set(encoder.name, await encode(texts));
      });
  console.error(`${config}, ${task}: warming up ...`);
  const seconds = await interleaved(works, rounds);
  const size = megabytes(texts);
  return loaded.map(({ encoder: { name }, absent }) => {
    const own = seconds.get(name);
    const base = { bench: "tokenizers", config, task, engine: name };
    if (own === undefined) return { ...base, absent: true, reason: absent };
    return {
      ...base,
      megabytes: size,
      tokens: tokens.get(name),
      mbPerSecond: size / median(own),
      timesRust: timesReference(own, seconds.get(reference)),
    };
  });
};
