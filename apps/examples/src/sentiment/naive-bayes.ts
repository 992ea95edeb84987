import type { Sentence } from "./read-sentences.ts";

/** Words in lower case, and pairs of neighbours. */
export const uniAndBigrams = (text: string): readonly string[] => {
  const words = text.toLowerCase().match(/[a-z0-9']+/g) ?? [];
  return [...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)];
};

/** The bag of words that a model must beat: multinomial Naive Bayes, every count one more than seen. Gives P(praise). */
export const naiveBayes = (train: readonly Sentence[]): ((text: string) => number) => {
  const counts = new Map<string, [number, number]>();
  const totals: [number, number] = [0, 0];
  const documents: [number, number] = [0, 0];
  for (const { text, label } of train) {
    documents[label]++;
    for (const feature of uniAndBigrams(text)) {
      const count = counts.get(feature) ?? [0, 0];
      count[label]++;
      totals[label]++;
      counts.set(feature, count);
    }
  }
  const size = counts.size;
  return (text) => {
    let odds = Math.log(documents[1] / documents[0]);
    for (const feature of uniAndBigrams(text)) {
      const count = counts.get(feature);
      if (count === undefined) continue;
      odds += Math.log((count[1] + 1) / (totals[1] + size));
      odds -= Math.log((count[0] + 1) / (totals[0] + size));
    }
    return 1 / (1 + Math.exp(-odds));
  };
};
