declare module "mistral-tokenizer-js" {
  const tokenizer: {
    readonly vocabById: readonly string[];
    readonly merges: ReadonlyMap<string, number>;
    readonly encode: (text: string) => readonly number[];
  };
  export default tokenizer;
}
