import { chatText } from "./apply-chat-template.ts";
import type { ChatMessage } from "./chat-message.ts";
import { ChatTemplateError } from "./chat-template-error.ts";
import { type ChatOptions, type ChatTemplate, parsedTemplate } from "./chat-template.ts";
import {
  hasGenerationTags,
  markedTemplate,
  marksFor,
  spansOfMarks,
  type TextSpan,
} from "./generation-tags.ts";

/** A chat as text, with the stretches that the assistant wrote. */
export type ChatAnswers = { readonly text: string; readonly spans: readonly TextSpan[] };

const wrong = (rule: string, got?: string): ChatTemplateError =>
  new ChatTemplateError({
    operation: "encodeChat",
    rule,
    ...(got === undefined ? {} : { got }),
    fix: "mark the answers with {% generation %} in the template",
  });

const byTags = (
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): ChatAnswers => {
  const text = chatText(template, messages, options);
  const marks = marksFor(template.source, text);
  if (marks === undefined) throw wrong("the text has every character that could mark answers");
  const marked = parsedTemplate(markedTemplate(template.source, marks), template.limits);
  const answers = spansOfMarks(chatText(marked, messages, options), marks);
  if (answers.text !== text) throw wrong("the template changes the text of a generation block");
  return answers;
};

const commonLength = (a: string, b: string): number => {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
};

/** From where an answer begins: after the prompt for it, as far as the text with the answer has that. */
const answerOf = (
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  i: number,
  options: ChatOptions,
): TextSpan & { readonly before: string; readonly after: string } => {
  const plain = { ...options, addGenerationPrompt: false, continueFinalMessage: false };
  const earlier = messages.slice(0, i);
  const before = chatText(template, earlier, plain);
  const prompted = chatText(template, earlier, { ...plain, addGenerationPrompt: true });
  const isLast = i === messages.length - 1;
  const after = chatText(template, messages.slice(0, i + 1), isLast ? options : plain);
  return { before, after, start: commonLength(prompted, after), end: after.length };
};

/**
 * Each answer is what the text grows by: from the text before it, with the prompt for an answer, to the text with it. That
 * needs a template that writes earlier messages the same whatever comes after.
 */
const byPrefixes = (
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): ChatAnswers => {
  const text = chatText(template, messages, options);
  const spans = messages.flatMap((message, i) => {
    if (message.role !== "assistant") return [];
    const { before, after, start, end } = answerOf(template, messages, i, options);
    if (!after.startsWith(before) || !text.startsWith(after))
      throw wrong(
        "answers can be told apart where later messages do not change earlier text",
        `message ${i}`,
      );
    return [{ start, end }];
  });
  return { text, spans };
};

/** The text of the messages and where the assistant wrote. Throws ChatTemplateError. */
export const answersOf = (
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): ChatAnswers =>
  hasGenerationTags(template.source)
    ? byTags(template, messages, options)
    : byPrefixes(template, messages, options);
