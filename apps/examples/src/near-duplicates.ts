// Near-duplicates: how much of what is planted is found, and how fast.
//
//   npm run example -- near-duplicates
//
// Pairs of texts of 100 words, with exactly known Jaccard similarity of their words, are hidden among each other. MinHash with locality-
// sensitive hashing (128 permutations, threshold 0.7, so 14 bands of 9) and SimHash (64 bits, distance 3) look for them. A pair of similarity
// s shares a band with probability 1 - (1 - s^9)^14; "estimate" also wants 0.7 of all places equal.
//
// Measured on two cores: see the table in docs/guides/data.md.
import {
  exactDuplicates,
  nearDuplicateGroups,
  nearDuplicates,
  optimalBands,
  similarHashes,
} from "@adjoint/data";

/** What was found of the pairs of one similarity. */
export type PlantedRow = {
  readonly similarity: number;
  readonly pairs: number;
  /** Share of pairs that share a band by the theory, and in truth. */
  readonly theory: number;
  readonly band: number;
  /** Share of pairs found with all places compared. */
  readonly estimate: number;
  readonly simHash: number;
};

/** Precision and recall where a pair counts as duplicate from the threshold on. */
export type Score = { readonly precision: number; readonly recall: number };

const WORDS = 100;
const THRESHOLD = 0.7;

const words = (from: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${from}${i}`);

/** Two texts that share so many of their words; none of another pair. */
const pairOf = (id: number, shared: number): readonly [string, string] => {
  const common = words(`c${shared}x${id}y`, shared);
  const own = (side: string): string[] => words(`${side}${shared}x${id}y`, WORDS - shared);
  return [[...common, ...own("a")].join(" "), [...own("b"), ...common].join(" ")];
};

const shareFound = (pairs: number, shared: number, verify: "band" | "estimate"): number => {
  const texts = Array.from({ length: pairs }, (_, id) => pairOf(id, shared)).flat();
  const options = { threshold: THRESHOLD, verify, elements: (text: string) => text.split(" ") };
  return nearDuplicateGroups(texts, options).filter((group) => group.length > 1).length / pairs;
};

const simHashFound = (pairs: number, shared: number): number => {
  let found = 0;
  for (let id = 0; id < pairs; id++) {
    const { isDuplicate } = similarHashes({ shingle: { size: 1 } })();
    found += pairOf(id, shared).filter(isDuplicate).length;
  }
  return found / pairs;
};

/** One row for each number of shared words. */
export const planted = (pairs: number): readonly PlantedRow[] => {
  const { bands, rows } = optimalBands({ threshold: THRESHOLD });
  return [50, 60, 70, 75, 80, 83, 85, 90, 95, 98, 100].map((shared) => {
    const similarity = shared / (2 * WORDS - shared);
    return {
      similarity,
      pairs,
      theory: 1 - (1 - similarity ** rows) ** bands,
      band: shareFound(pairs, shared, "band"),
      estimate: shareFound(pairs, shared, "estimate"),
      simHash: simHashFound(Math.min(pairs, 200), shared),
    };
  });
};

/** Precision and recall over all rows, each similarity as often as any other. */
export const scoreOf = (rows: readonly PlantedRow[], found: (row: PlantedRow) => number): Score => {
  const sum = (of: readonly PlantedRow[]): number =>
    of.reduce((total, row) => total + found(row), 0);
  const duplicates = rows.filter(({ similarity }) => similarity >= THRESHOLD);
  return { precision: sum(duplicates) / sum(rows), recall: sum(duplicates) / duplicates.length };
};

const VOCABULARY = 20_000;

/** Documents of a few hundred words with Zipf's frequencies, every tenth an earlier one with a few words changed. */
const corpus = (documents: number): readonly string[] => {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const word = (): string => `word${Math.floor(VOCABULARY ** random())}`;
  const texts: string[] = [];
  for (let i = 0; i < documents; i++) {
    const copied = i % 10 === 9 ? texts[Math.floor(random() * i)]?.split(" ") : undefined;
    const text = copied ?? Array.from({ length: 300 }, word);
    if (copied !== undefined) text[Math.floor(random() * text.length)] = word();
    texts.push(text.join(" "));
  }
  return texts;
};

const filters = [
  ["exact, 128-bit hash", exactDuplicates()],
  ["exact, Bloom filter", exactDuplicates({ memory: { items: 100_000, error: 1e-5 } })],
  ["MinHash", nearDuplicates()],
  ["SimHash", similarHashes()],
] as const;

/** Megabytes a second of each filter, and how many duplicates it found. */
export const throughput = (
  documents: number,
): readonly { readonly name: string; readonly speed: number; readonly found: number }[] => {
  const texts = corpus(documents);
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  return filters.map(([name, open]) => {
    const { isDuplicate } = open();
    const start = performance.now();
    const found = texts.filter(isDuplicate).length;
    return { name, speed: bytes / 1000 / (performance.now() - start), found };
  });
};

if (import.meta.main) {
  const rows = planted(1000);
  console.log("similarity   theory     band  estimate  SimHash");
  for (const { similarity, theory, band, estimate, simHash } of rows) {
    const cells = [similarity, theory, band, estimate, simHash].map((share) =>
      share.toFixed(3).padStart(9),
    );
    console.log(cells.join(""));
  }
  for (const name of ["band", "estimate", "simHash"] as const) {
    const { precision, recall } = scoreOf(rows, (row) => row[name]);
    console.log(`${name}: precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`);
  }
  for (const { name, speed, found } of throughput(5000)) {
    console.log(`${name}: ${speed.toFixed(1)} MB/s, ${found} duplicates`);
  }
}
