import { qwen3Config, vocabularies } from "@adjoint/oracles";
import {
  applyChatTemplate,
  type ChatMessage,
  type ChatOptions,
  chatTemplate,
  encodeChat,
  textTokenizer,
} from "@adjoint/tokenizers";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

type Case = {
  readonly conversation: string;
  readonly options: {
    readonly add_generation_prompt?: boolean;
    readonly continue_final_message?: boolean;
    readonly tools?: readonly unknown[];
    readonly variables?: Readonly<Record<string, unknown>>;
  };
  readonly text: string;
};

const fixture = JSON.parse(
  readFileSync(new URL("fixtures/chat-qwen3.json", import.meta.url), "utf8"),
) as {
  readonly conversations: Readonly<Record<string, readonly ChatMessage[]>>;
  readonly cases: readonly Case[];
};

const { chat_template: source } = JSON.parse(qwen3Config()) as { readonly chat_template: string };
const template = chatTemplate(source);
if (template._tag === "Left") throw template.left;
const qwen3 = template.right;

const optionsOf = ({ options }: Case): ChatOptions => ({
  addGenerationPrompt: options.add_generation_prompt ?? false,
  continueFinalMessage: options.continue_final_message ?? false,
  ...(options.tools === undefined ? {} : { tools: options.tools }),
  ...(options.variables === undefined ? {} : { variables: options.variables }),
});

describe("Qwen3's chat template makes the same text as transformers", () => {
  test.each(fixture.cases.map((c) => [c.conversation, Object.keys(c.options).join(), c] as const))(
    "%s, %s",
    (conversation, _, expected) => {
      const messages = fixture.conversations[conversation] ?? [];
      expect(applyChatTemplate(qwen3, messages, optionsOf(expected))).toEqual({
        _tag: "Right",
        right: expected.text,
      });
    },
  );
});

test("the answer of a conversation with Qwen3", () => {
  const tokenizer = textTokenizer(vocabularies.qwen3());
  const messages = fixture.conversations["think"]?.slice(0, 2) ?? [];
  const chat = encodeChat(tokenizer, qwen3, messages);
  if (chat._tag === "Left") throw chat.left;
  const { ids, answerMask } = chat.right;
  expect(tokenizer.decode(ids.filter((_, i) => answerMask[i] === 1))).toBe(
    "<think>\nHm.\n</think>\n\nBecause.<|im_end|>\n",
  );
});
