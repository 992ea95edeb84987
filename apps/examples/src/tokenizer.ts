// A byte-level tokenizer of 1,024 tokens learns from Shakespeare's plays, is saved and loaded, and reads and writes a chat.
//
//   npm run example -- tokenizer
//
// Byte-pair encoding (Sennrich et al., 2016) behind GPT-2's pattern; ties by lowest ids, as Hugging Face's trainer.
//
// Measured on two cores: 2.26 bytes a token in the last tenth of the plays, which it did not see; 1.8 s in all.
import {
  chatTemplate,
  encodeChat,
  textTokenizer,
  type TextTokenizer,
  tokenizerFromJson,
  tokenizerToJson,
  trainBpe,
} from "@adjoint/tokenizers";
import { readFile } from "node:fs/promises";

const plays = new URL("../../shakespeare/data/tinyshakespeare.txt", import.meta.url);

const template =
  "{% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' %}" +
  "{% generation %}{{ m.content }}<|end|>{% endgeneration %}" +
  "{% else %}{{ m.content }}<|end|>{% endif %}{% endfor %}";

/** What the example gave. */
export type TokenizerResult = {
  readonly tokenizer: TextTokenizer;
  /** UTF-8 bytes a token, in text that it was not trained on. */
  readonly bytesPerToken: number;
  /** The longest tokens that it found. */
  readonly longest: readonly string[];
  /** What the assistant wrote in a chat, decoded from the tokens of its mask. */
  readonly answer: string;
};

/** Trains, then saves and loads: what counts is what the file gives. */
const trained = async (text: string): Promise<TextTokenizer> => {
  const spec = await trainBpe([text], {
    vocabSize: 1024,
    preTokenizer: { type: "ByteLevel", addPrefixSpace: false, trimOffsets: true, useRegex: true },
    ids: "bytesFirst",
    specialTokens: ["<|user|>", "<|assistant|>", "<|end|>"],
  });
  const loaded = tokenizerFromJson(tokenizerToJson(spec));
  if (loaded._tag === "Left") throw loaded.left;
  return textTokenizer(loaded.right);
};

const answerOf = (tokenizer: TextTokenizer): string => {
  const chat = chatTemplate(template);
  if (chat._tag === "Left") throw chat.left;
  const encoded = encodeChat(tokenizer, chat.right, [
    { role: "user", content: "To be, or not to be?" },
    { role: "assistant", content: "That is the question." },
  ]);
  if (encoded._tag === "Left") throw encoded.left;
  const { ids, answerMask } = encoded.right;
  return tokenizer.decode(ids.filter((_, i) => answerMask[i] === 1));
};

/** Runs the example. */
export const shakespeareTokenizer = async (): Promise<TokenizerResult> => {
  const text = await readFile(plays, "utf8");
  const cut = Math.floor(text.length * 0.9);
  const [seen, unseen] = [text.slice(0, cut), text.slice(cut)];
  const tokenizer = await trained(seen);
  const tokens = Array.from({ length: tokenizer.vocabSize }, (_, id) => tokenizer.decode([id]));
  return {
    tokenizer,
    bytesPerToken: new TextEncoder().encode(unseen).length / tokenizer.encode(unseen).length,
    longest: tokens.toSorted((a, b) => b.length - a.length).slice(0, 8),
    answer: answerOf(tokenizer),
  };
};

if (import.meta.main) {
  const start = performance.now();
  const { tokenizer, bytesPerToken, longest, answer } = await shakespeareTokenizer();
  const seconds = ((performance.now() - start) / 1000).toFixed(2);
  console.log(
    `${tokenizer.vocabSize} tokens, ${bytesPerToken.toFixed(2)} bytes a token, ${seconds} s`,
  );
  console.log(`the longest: ${longest.map((token) => JSON.stringify(token)).join(" ")}`);
  console.log(`the answer: ${JSON.stringify(answer)}`);
  const stream = tokenizer.decodeStream();
  for (const id of tokenizer.encode("Good morrow, 🙂!"))
    console.log(JSON.stringify(stream.push(id)));
  console.log(JSON.stringify(stream.end()));
}
