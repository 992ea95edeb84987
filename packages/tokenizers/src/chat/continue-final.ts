import type { ChatContentPart, ChatMessage } from "./chat-message.ts";
import { ChatTemplateError } from "./chat-template-error.ts";

/** Put after the last message to find its end again; the space shows whether the template trims. */
const endMark = "\uFDEF END_OF_FINAL_MESSAGE ";

const wrong = (rule: string): ChatTemplateError =>
  new ChatTemplateError({ operation: "applyChatTemplate", rule });

const markedParts = (parts: readonly ChatContentPart[]): readonly ChatContentPart[] => {
  const last = parts.findLastIndex((part) => typeof part["text"] === "string");
  if (last < 0) throw wrong("continueFinalMessage needs a last message with text");
  return parts.map((part, i) =>
    i === last ? { ...part, text: `${String(part["text"])}${endMark}` } : part,
  );
};

/** The messages with a mark where the last one ends. Throws ChatTemplateError. */
export const withEndMark = (messages: readonly ChatMessage[]): readonly ChatMessage[] => {
  const last = messages.at(-1);
  const content = last?.content;
  if (last === undefined || content === undefined || content === null)
    throw wrong("continueFinalMessage needs a last message with text");
  const marked = typeof content === "string" ? content + endMark : markedParts(content);
  return [...messages.slice(0, -1), { ...last, content: marked }];
};

/**
 * The text up to the mark. Throws ChatTemplateError. Source: render_jinja_template in
 * https://github.com/huggingface/transformers/blob/main/src/transformers/utils/chat_template_utils.py
 */
export const upToEndMark = (text: string): string => {
  const at = text.lastIndexOf(endMark.trimEnd());
  if (at < 0)
    throw wrong("continueFinalMessage needs a template that writes the whole last message");
  return text.startsWith(endMark, at) ? text.slice(0, at) : text.slice(0, at).trimEnd();
};
