import type { Either } from "@adjoint/core/either";
import type { ChatMessage } from "./chat-message.ts";
import { ChatTemplateError } from "./chat-template-error.ts";
import { attempt, type ChatOptions, type ChatTemplate, rendered } from "./chat-template.ts";
import { upToEndMark, withEndMark } from "./continue-final.ts";

/** The text of the messages. Throws ChatTemplateError. */
export const chatText = (
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): string => {
  if (options.continueFinalMessage !== true) return rendered(template, messages, options);
  if (options.addGenerationPrompt === true)
    throw new ChatTemplateError({
      operation: "applyChatTemplate",
      rule: "either goes on with the last message, or begins a new one",
      got: "continueFinalMessage and addGenerationPrompt",
    });
  return upToEndMark(rendered(template, withEndMark(messages), options));
};

/**
 * The text that a chat template makes of messages, or what is wrong: the template complains (`raise_exception`), or does
 * not end. The same text as `apply_chat_template` of Hugging Face's transformers, which is the source.
 *
 * ```ts doctest
 * import { applyChatTemplate, chatTemplate } from "@adjoint/tokenizers";
 * const source =
 *   "{{ bos_token }}{% for m in messages %}[{{ m['role'] }}] {{ m['content'] }}\n{% endfor %}" +
 *   "{% if add_generation_prompt %}[assistant]{% endif %}";
 * const template = chatTemplate(source);
 * if (template._tag === "Left") throw template.left;
 * const text = applyChatTemplate(template.right, [{ role: "user", content: "2 + 2?" }], {
 *   addGenerationPrompt: true,
 *   specialTokens: new Map([["bos_token", "<s>"]]),
 * });
 * text; // => { _tag: "Right", right: "<s>[user] 2 + 2?\n[assistant]" }
 * ```
 */
export const applyChatTemplate = (
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: ChatOptions = {},
): Either<ChatTemplateError, string> => attempt(() => chatText(template, messages, options));
