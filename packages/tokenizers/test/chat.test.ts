import { AdjointError } from "@adjoint/core";
import {
  applyChatTemplate,
  type ChatMessage,
  type ChatOptions,
  chatTemplate,
  ChatTemplateError,
  encodeChat,
  textTokenizer,
  tokenizerFromTiktoken,
  tiktokenEncodings,
} from "@adjoint/tokenizers";
import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

type Case = {
  readonly template: string;
  readonly conversation: string;
  readonly options: {
    readonly add_generation_prompt?: boolean;
    readonly continue_final_message?: boolean;
    readonly tools?: readonly unknown[];
    readonly documents?: readonly unknown[];
    readonly variables?: Readonly<Record<string, unknown>>;
  };
  readonly text?: string;
  readonly spans?: readonly (readonly [number, number])[];
  readonly error?: string;
};

const fixture = JSON.parse(
  readFileSync(new URL("fixtures/chat.json", import.meta.url), "utf8"),
) as {
  readonly templates: Readonly<Record<string, string>>;
  readonly conversations: Readonly<Record<string, readonly ChatMessage[]>>;
  readonly specialTokens: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
};

const optionsOf = ({ options }: Case): ChatOptions => ({
  specialTokens: new Map(Object.entries(fixture.specialTokens)),
  addGenerationPrompt: options.add_generation_prompt ?? false,
  continueFinalMessage: options.continue_final_message ?? false,
  ...(options.tools === undefined ? {} : { tools: options.tools }),
  ...(options.documents === undefined ? {} : { documents: options.documents }),
  ...(options.variables === undefined ? {} : { variables: options.variables }),
});

const compiled = (source: string, limits = {}) => {
  const template = chatTemplate(source, limits);
  if (template._tag === "Left") throw template.left;
  return template.right;
};

const failure = (source: string, messages: readonly ChatMessage[] = [], limits = {}) => {
  const template = chatTemplate(source, limits);
  if (template._tag === "Left") return template.left;
  const result = applyChatTemplate(template.right, messages);
  if (result._tag === "Right") throw new Error(`no failure: ${result.right}`);
  return result.left;
};

/** A token a byte. */
const byteTokenizer = () => {
  const lines = Array.from({ length: 256 }, (_, b) => `${btoa(String.fromCharCode(b))} ${b}`);
  const spec = tokenizerFromTiktoken(lines.join("\n"), {
    pattern: tiktokenEncodings.cl100k_base.pattern,
    specialTokens: new Map([
      ["<|im_start|>", 256],
      ["<|im_end|>", 257],
    ]),
  });
  if (spec._tag === "Left") throw spec.left;
  return textTokenizer(spec.right);
};

describe("the same text as transformers", () => {
  test.each(
    fixture.cases.map(
      (c) => [c.template, c.conversation, JSON.stringify(c.options).slice(0, 60), c] as const,
    ),
  )("%s, %s, %s", (name, conversation, _, expected) => {
    const template = compiled(fixture.templates[name] ?? "");
    const messages = fixture.conversations[conversation] ?? [];
    const result = applyChatTemplate(template, messages, optionsOf(expected));
    if (expected.error === undefined)
      expect(result).toEqual({ _tag: "Right", right: expected.text });
    else expect(result._tag).toBe("Left");
  });
});

describe("what the assistant wrote", () => {
  const tokenizer = byteTokenizer();
  const talk = fixture.conversations["talk"] ?? [];

  test.each(
    fixture.cases.filter((c) => c.spans !== undefined).map((c) => [c.template, c] as const),
  )("%s: the same spans as transformers finds by the generation tags", (name, expected) => {
    const template = compiled(fixture.templates[name] ?? "");
    const chat = encodeChat(tokenizer, template, talk, optionsOf(expected));
    if (chat._tag === "Left") throw chat.left;
    // Python counts code points
    const units = (at: number): number => [...(expected.text ?? "")].slice(0, at).join("").length;
    expect(chat.right.text).toBe(expected.text);
    expect(chat.right.answers).toEqual(
      expected.spans?.map(([start, end]) => ({ start: units(start), end: units(end) })),
    );
  });

  test("the masked tokens are the answers, and no others", () => {
    const chat = encodeChat(tokenizer, compiled(fixture.templates["marked"] ?? ""), talk);
    if (chat._tag === "Left") throw chat.left;
    const { ids, answerMask, text } = chat.right;
    const answered = tokenizer.decode(ids.filter((_, i) => answerMask[i] === 1));
    expect(answered).toBe("It is 4. 🙂<|im_end|>Fine.\n\n\tThanks!<|im_end|>");
    expect(tokenizer.decode(ids)).toBe(text);
    expect(answerMask.length).toBe(ids.length);
  });

  test("without tags, what the text grows by", () => {
    const chat = encodeChat(tokenizer, compiled(fixture.templates["chatml"] ?? ""), talk);
    if (chat._tag === "Left") throw chat.left;
    const { ids, answerMask, text, answers } = chat.right;
    expect(answers.map(({ start, end }) => text.slice(start, end))).toEqual([
      " It is 4. 🙂 <|im_end|>\n\n",
      "Fine.\n\n\tThanks!\n<|im_end|>\n\n",
    ]);
    expect(tokenizer.decode(ids.filter((_, i) => answerMask[i] === 1))).toBe(
      answers.map(({ start, end }) => text.slice(start, end)).join(""),
    );
  });

  test("an error where later messages change earlier ones", () => {
    const last = compiled(
      "{% for m in messages %}{% if loop.last or m.role == 'user' %}{{ m.role }}: {{ m.content }}\n{% endif %}{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}",
    );
    const chat = encodeChat(tokenizer, last, talk);
    expect(chat._tag).toBe("Left");
    if (chat._tag === "Left") expect(chat.left.message).toContain("{% generation %}");
  });

  test("marks in the text are no answers", () => {
    const sly = [
      { role: "user", content: "\uFDD0 mine \uFDD1" },
      { role: "assistant", content: "yours" },
    ];
    const chat = encodeChat(tokenizer, compiled(fixture.templates["marked"] ?? ""), sly);
    if (chat._tag === "Left") throw chat.left;
    expect(chat.right.answers.map(({ start, end }) => chat.right.text.slice(start, end))).toEqual([
      "yours<|im_end|>",
    ]);
  });
});

describe("dates", () => {
  const date = new Date(2024, 1, 9, 13, 5, 7);
  test("as strftime of Python writes them", () => {
    const source =
      "{{ strftime_now('%d %b %Y') }}|{{ strftime_now('%A, %B %d, %y, %I:%M:%S %p %j %H %m %a %% %q') }}";
    expect(applyChatTemplate(compiled(source), [], { now: date })).toEqual({
      _tag: "Right",
      right: "09 Feb 2024|Friday, February 09, 24, 01:05:07 PM 040 13 02 Fri % %q",
    });
  });
});

describe("templates that go wrong", () => {
  test("say so with a typed error", () => {
    const error = failure("{{ raise_exception('roles must alternate') }}");
    expect(error).toBeInstanceOf(ChatTemplateError);
    expect(error).toBeInstanceOf(AdjointError);
    expect(error.message).toContain("roles must alternate");
  });

  test.each([
    ["{% for %}", "needs a Jinja template"],
    ["{{ 'a", "needs a Jinja template"],
    ["{% if x %}", "needs a Jinja template"],
    [`{{ ${"(".repeat(100_000)} }}`, "needs a Jinja template"],
    ["{{ messages | nofilter }}", "the template complains"],
    ["{{ undefined_function() }}", "the template complains"],
    ["{% macro f(g) %}{{ g(g) }}{% endmacro %}{{ f(f) }}", "a template must"],
    [" ".repeat(100_000), "at most 2000 of white space"],
    ["x".repeat(600_000), "at most 500000 characters"],
  ])("%j", (source, message) => {
    expect(failure(source).message).toContain(message);
  });

  test.each([
    "{% for a in range(100000) %}{% for b in range(100000) %}{% set c = a + b %}{% endfor %}{% endfor %}",
    "{% for a in range(1000000000000) %}x{% endfor %}",
    "{{ range(10 ** 300) | length }}",
    "{% set ns = namespace(s='x') %}{% for a in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=[1]) %}{% for a in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
    "{% set ns = namespace(s='x') %}{% for a in range(100) %}{% set ns.s = ns.s | replace('x', 'xxxxxxxx') %}{% endfor %}",
  ])("end: %s", (source) => {
    const start = performance.now();
    const error = failure(source, [], { maxSteps: 50_000, maxLength: 1_000_000 });
    expect(error.message).toContain("a template must end");
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test("continueFinalMessage needs text that the template writes", () => {
    const options = { continueFinalMessage: true };
    const hidden = compiled("{{ messages[0].role }}");
    expect(applyChatTemplate(hidden, [{ role: "user", content: "a" }], options)._tag).toBe("Left");
    expect(applyChatTemplate(hidden, [], options)._tag).toBe("Left");
    expect(
      applyChatTemplate(hidden, [{ role: "user", content: "a" }], {
        ...options,
        addGenerationPrompt: true,
      })._tag,
    ).toBe("Left");
  });

  test("prototypes stay what they are", () => {
    const messages = JSON.parse('[{"role": "user", "content": "a", "__proto__": {"polluted": 1}}]');
    const template = compiled(
      "{% set ns = namespace() %}{% set ns.__proto__ = messages[0] %}{{ messages[0].__proto__.polluted }}{{ messages[0].constructor }}",
    );
    expect(applyChatTemplate(template, messages)._tag).toBe("Right");
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test("damaged templates always give an Either", () => {
    const sources = Object.values(fixture.templates);
    const property = fc.property(
      fc.constantFrom(...sources),
      fc.nat(),
      fc.nat(40),
      fc.string({ maxLength: 6 }),
      (source, at, length, insert) => {
        const start = at % source.length;
        const damaged = source.slice(0, start) + insert + source.slice(start + length);
        const template = chatTemplate(damaged, { maxSteps: 100_000 });
        if (template._tag === "Left") return;
        const result = applyChatTemplate(template.right, fixture.conversations["system"] ?? []);
        expect(["Left", "Right"]).toContain(result._tag);
      },
    );
    fc.assert(property, { numRuns: 300, seed: 5 });
  });
});
