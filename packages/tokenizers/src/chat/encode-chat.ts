import type { Either } from "@adjoint/core/either";
import type { Encoding } from "../encoding.ts";
import type { TextTokenizer } from "../text-tokenizer.ts";
import { answersOf } from "./answer-spans.ts";
import type { ChatMessage } from "./chat-message.ts";
import type { ChatTemplateError } from "./chat-template-error.ts";
import { attempt, type ChatOptions, type ChatTemplate } from "./chat-template.ts";
import type { TextSpan } from "./generation-tags.ts";

/** A conversation as tokens. */
export type ChatEncoding = {
  /** What the template made of the messages. */
  readonly text: string;
  readonly ids: Int32Array;
  /** 1 for tokens that the assistant wrote, its end token included where the template counts it; 0 for all others. */
  readonly answerMask: Uint8Array;
  /** Where the assistant wrote, in UTF-16 units of the text. */
  readonly answers: readonly TextSpan[];
};

/** Tokens that share a character with an answer; both are in the order of the text. */
const maskOf = ({ offsets }: Encoding, spans: readonly TextSpan[]): Uint8Array => {
  const mask = new Uint8Array(offsets.length / 2);
  let next = 0;
  for (let i = 0; i < mask.length; i++) {
    const [start = 0, end = 0] = [offsets[2 * i], offsets[2 * i + 1]];
    while (next < spans.length && (spans[next]?.end ?? 0) <= start) next++;
    const span = spans[next];
    if (span !== undefined && end > span.start && end > start) mask[i] = 1;
  }
  return mask;
};

/**
 * A conversation as ids, with a mask of the tokens that the assistant wrote: what a model is trained on. Answers are told by
 * `{% generation %}` in the template, or else by how the text grows with each message. No tokens are put around: the
 * template has them. A `left` where the template complains, or answers cannot be told apart.
 *
 * ```ts doctest
 * import { chatTemplate, encodeChat, textTokenizer, tokenizerFromJson } from "@adjoint/tokenizers";
 * const vocab = Object.fromEntries(Array.from("AU:hiyo\n", (c, id) => [c, id]));
 * const spec = tokenizerFromJson({ model: { type: "BPE", vocab, merges: [] } });
 * const template = chatTemplate(
 *   "{% for m in messages %}{{ m.role[0] | upper }}:{{ m.content }}\n{% endfor %}" +
 *     "{% if add_generation_prompt %}A:{% endif %}",
 * );
 * if (spec._tag === "Left" || template._tag === "Left") throw new Error();
 * const chat = encodeChat(textTokenizer(spec.right), template.right, [
 *   { role: "user", content: "hi" },
 *   { role: "assistant", content: "yo" },
 * ]);
 * if (chat._tag === "Left") throw chat.left;
 * chat.right.text; // => "U:hi\nA:yo\n"
 * Array.from(chat.right.answerMask); // => [0, 0, 0, 0, 0, 0, 0, 1, 1, 1]
 * ```
 */
export const encodeChat = (
  tokenizer: TextTokenizer,
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: ChatOptions = {},
): Either<ChatTemplateError, ChatEncoding> =>
  attempt(() => {
    const { text, spans } = answersOf(template, messages, options);
    const encoding = tokenizer.encoding(text, {
      addSpecialTokens: false,
      truncation: false,
      padding: false,
    });
    return { text, ids: encoding.ids, answerMask: maskOf(encoding, spans), answers: spans };
  });
