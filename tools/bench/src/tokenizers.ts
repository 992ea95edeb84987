// Encoding and training of tokenizers: a batch of documents, one long text, a word without end, a 5 MB corpus.
// npm run bench -- tokenizers [--config cl100k,gpt2,qwen3,bert,train,long] [--rounds 5] [--json]
import { report } from "./report/report.ts";
import { readOptions } from "./run/options.ts";

// Before the libraries load: Rust's on one thread, as we are.
process.env["TOKENIZERS_PARALLELISM"] = "false";
process.env["RAYON_NUM_THREADS"] = "1";

const options = readOptions({ config: "cl100k,gpt2,qwen3,bert,train,long" });
const { encodeRows } = await import("./tokenizers/encode-rows.ts");
const { longPieceRows } = await import("./tokenizers/long-piece-rows.ts");
const { documents, wholeText } = await import("./tokenizers/texts.ts");
const { trainRows } = await import("./tokenizers/train-rows.ts");

const batch = documents(200_000);
const single = [wholeText(1_000_000)];
for (const config of options.config.split(",")) {
  if (config === "train")
    report(
      "train: byte-level BPE, 30,000 tokens",
      await trainRows(5_000_000, options.rounds),
      options.json,
    );
  else if (config === "long") report("long words: cl100k", await longPieceRows(), options.json);
  else if (config === "cl100k" || config === "gpt2" || config === "qwen3" || config === "bert") {
    const rows = await encodeRows(config, "batch", batch, options.rounds);
    report(`encode: ${config}, a batch of documents`, rows, options.json);
    const long = await encodeRows(config, "single", single, options.rounds);
    report(`encode: ${config}, one long text`, long, options.json);
  } else throw new Error(`--config: cl100k, gpt2, qwen3, bert, train or long, got ${config}`);
}
