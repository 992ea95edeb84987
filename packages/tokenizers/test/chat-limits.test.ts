// Templates that cost much in few steps, and long conversations that cost little.
import { applyChatTemplate, chatTemplate, type ChatMessage } from "@adjoint/tokenizers";
import { describe, expect, it } from "vitest";

const run = (source: string, messages: readonly ChatMessage[] = [], limits = {}) => {
  const template = chatTemplate(source, limits);
  if (template._tag === "Left") throw template.left;
  return applyChatTemplate(template.right, messages);
};

const endsEarly = (source: string, milliseconds: number, got: RegExp, limits = {}): void => {
  const started = performance.now();
  const text = run(source, [], limits);
  expect(text._tag === "Left" && text.left.message).toMatch(/a template must end/);
  expect(text._tag === "Left" && text.left.message).toMatch(got);
  expect(performance.now() - started).toBeLessThan(milliseconds);
};

/** A text of 10 · 2^doublings characters by the name `name`. */
const long = (name: string, doublings: number): string =>
  `{% set ${name} = namespace(s='aaaaaaaaaa') %}` +
  `{% for i in range(${doublings}) %}{% set ${name}.s = ${name}.s + ${name}.s %}{% endfor %}`;

it.each([
  "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
  "{% for a in range(999) %}{% for b in range(999) %}{% for c in range(999) %}{% endfor %}{% endfor %}{% endfor %}",
])("a template whose loops do nothing ends: %s", (source) => {
  endsEarly(source, 10_000, /more work/, { maxSteps: 500_000 });
});

describe("work on long texts and lists is counted", () => {
  const texts = [
    "ns.s|replace('b', 'c')",
    "ns.s|upper",
    "ns.s.upper()",
    "ns.s|trim",
    "ns.s|tojson",
    "ns.s|length",
    "ns.s.startswith('b')",
    "ns.s[::-1]",
    "'b' in ns.s",
    "(ns.s + 'a')[0]",
    "ns.s is lower",
    "ns.s|join('')",
  ];
  it.each(texts)("%s", (expression) => {
    const loop = `{% for i in range(9999) %}{% set x = ${expression} %}{% endfor %}`;
    endsEarly(long("ns", 16) + loop, 4000, /more work/, { maxSteps: 100_000 });
  });

  const lists = [
    "xs|sort(attribute='a')",
    "xs[::-1]",
    "xs|reverse",
    "xs + xs",
    "9 in xs",
    "xs|map(attribute='a')|list",
    "xs|unique",
  ];
  it.each(lists)("%s", (expression) => {
    const loop = `{% for i in range(9999) %}{% set x = ${expression} %}{% endfor %}`;
    const source = `{% set xs = [{'a': 1}] %}${"{% set xs = xs + xs %}".repeat(14)}${loop}`;
    endsEarly(source, 4000, /more work/, { maxSteps: 100_000 });
  });

  it("a search for what nearly is at every place", () => {
    const source = `${long("t", 18)}${long("p", 16)}{% set p = 'b' + p.s %}`;
    endsEarly(`${source}{{ p in t.s }}`, 2000, /more work/);
    endsEarly(`${source}{{ t.s.split(p)|length }}`, 2000, /more work/);
  });
});

describe("a text that grows too long is not made", () => {
  const texts = long("ns", 16) + long("t", 6);
  it.each([
    "ns.s|replace('a', t.s)",
    "ns.s.replace('a', t.s)",
    "ns.s.split('a')|join(t.s)",
    "ns.s|join(t.s)",
    "ns.s.split('a')|tojson(indent=1000)",
    "[ns.s, ns.s]|tojson(indent=99999999)",
    "ns.s|replace('a', '\\n')|indent(1000)",
    "ns.s|indent(99999999)",
  ])("%s", (expression) => {
    endsEarly(`${texts}{{ ${expression} }}`, 2000, /a text of \d+, more than 10000000/);
  });

  it.each(["xs", "xs|tojson", "xs|string", "xs|join", "xs ~ ''", "'' + xs"])(
    "%s of a list in a list, twice each",
    (expression) => {
      const source = `{% set xs = ['a'] %}${"{% set xs = [xs, xs] %}".repeat(60)}`;
      endsEarly(`${source}{{ ${expression} }}`, 4000, /a value of|a text of/);
    },
  );

  it("but one that stays short is", () => {
    const source = `${texts}{{ (ns.s|replace('a', t.s, 1))|length }} {{ (ns.s|replace('b', t.s))|length }}`;
    expect(run(source)).toEqual({ _tag: "Right", right: "655999 655360" });
  });
});

it("long conversations are well within the limits", () => {
  const messages = Array.from({ length: 1000 }, (_, i) => ({
    role: i % 2 === 0 ? "user" : "assistant",
    content: `<think>${"why ".repeat(250)}</think>answer ${i}`,
  }));
  const source =
    "{% for m in messages %}{% set c = m.content|trim %}" +
    "{% if '</think>' in c and loop.index < messages|length %}{% set c = c.split('</think>')[-1]|replace('a', 'b') %}{% endif %}" +
    "{% if m.role == messages[loop.index0 - 1].role %}{{ raise_exception('no') }}{% endif %}" +
    "<|{{ m.role }}|>{{ c.lstrip('\\n') }}{% endfor %}{{ messages|tojson|length }}";
  const text = run(source, messages);
  expect(
    text._tag === "Right" && text.right.startsWith("<|user|>bnswer 0<|assistant|>bnswer 1"),
  ).toBe(true);
});
