import { type Either, left, right } from "@adjoint/core/either";
import type { ChatMessage } from "./chat-message.ts";
import { ChatTemplateError } from "./chat-template-error.ts";
import type { Program } from "./internal/jinja.ts";
import { parseTemplate, runTemplate } from "./internal/run-template.ts";
import type { Limits } from "./internal/template-value.ts";
import { strftime } from "./strftime.ts";

/** A chat template that is parsed: how messages become the text that a model was trained on. */
export type ChatTemplate = {
  readonly source: string;
  /** What its text is parsed to, for the interpreter. */
  readonly program: Program;
  readonly limits: Limits;
};

/** What a chat template may cost; enough for thousands of messages. */
export type ChatTemplateLimits = {
  /**
   * Statements and expressions that it may evaluate, and entries that a list may have; default one million. Where an
   * operator, a filter or a method walks through text, each 100 characters are a step as well.
   */
  readonly maxSteps?: number;
  /** UTF-16 units of any text that may come up; default ten million. */
  readonly maxLength?: number;
};

/** How messages become text. */
export type ChatOptions = {
  /** Whether the start of an answer comes last, for the model to go on; default false. */
  readonly addGenerationPrompt?: boolean;
  /** Whether the text ends within the last message, for the model to go on with it; default false. */
  readonly continueFinalMessage?: boolean;
  /** Descriptions of tools (JSON schemas), for templates that tell the model of them. */
  readonly tools?: readonly unknown[];
  /** Documents to answer from, for templates that take some. */
  readonly documents?: readonly unknown[];
  /** Special tokens by the names that templates use, such as `bos_token` -> `<s>`. */
  readonly specialTokens?: ReadonlyMap<string, string>;
  /** Further variables of the template, such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What `strftime_now` takes for now; default the clock. */
  readonly now?: Date;
};

const longestSource = 500_000;
const longestBlank = 2_000;

const checkSize = (source: string): void => {
  const rule = `a template has at most ${longestSource} characters, at most ${longestBlank} of white space in a row`;
  const isLong = source.length > longestSource;
  if (isLong || new RegExp(`\\s{${longestBlank + 1}}`).test(source))
    throw new ChatTemplateError({
      operation: "chatTemplate",
      rule,
      got: isLong ? String(source.length) : "more white space",
    });
};

/** What `make` returns; what it complains about becomes a `left`. */
export const attempt = <A>(make: () => A): Either<ChatTemplateError, A> => {
  try {
    return right(make());
  } catch (error) {
    if (error instanceof ChatTemplateError) return left(error);
    throw error;
  }
};

/** The template with its limits. Throws ChatTemplateError. */
export const parsedTemplate = (source: string, limits: Limits): ChatTemplate => {
  checkSize(source);
  return Object.freeze({ source, program: parseTemplate("chatTemplate", source), limits });
};

/**
 * The Jinja text of a chat template, parsed by `@huggingface/jinja`, or what is wrong with it. Templates come from files
 * that others made: what one may cost is limited when it runs.
 *
 * ```ts doctest
 * import { applyChatTemplate, chatTemplate } from "@adjoint/tokenizers";
 * const template = chatTemplate("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}");
 * if (template._tag === "Left") throw template.left;
 * applyChatTemplate(template.right, [{ role: "user", content: "Hi" }]); // => { _tag: "Right", right: "<user>Hi" }
 * chatTemplate("{% for %}")._tag; // => "Left"
 * ```
 */
export const chatTemplate = (
  source: string,
  limits: ChatTemplateLimits = {},
): Either<ChatTemplateError, ChatTemplate> =>
  attempt(() =>
    parsedTemplate(source, {
      maxSteps: limits.maxSteps ?? 1_000_000,
      maxLength: limits.maxLength ?? 10_000_000,
    }),
  );

const variablesOf = (
  messages: readonly ChatMessage[],
  options: ChatOptions,
): ReadonlyMap<string, unknown> =>
  new Map<string, unknown>([
    ...(options.specialTokens ?? []),
    ["messages", messages],
    ["add_generation_prompt", options.addGenerationPrompt ?? false],
    ["tools", options.tools ?? null],
    ["documents", options.documents ?? null],
    ["strftime_now", (format: unknown) => strftime(options.now ?? new Date(), String(format))],
    ...Object.entries(options.variables ?? {}),
  ]);

/** The text of the messages as they are. Throws ChatTemplateError. */
export const rendered = (
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  options: ChatOptions,
): string =>
  runTemplate(
    "applyChatTemplate",
    template.program,
    variablesOf(messages, options),
    template.limits,
  );
