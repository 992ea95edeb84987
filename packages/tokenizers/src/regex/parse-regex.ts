import { caseVariants } from "./case-variants.ts";
import { escapedClass, word } from "./character-classes.ts";
import { cursorOf, type Cursor } from "./cursor.ts";
import { escapedCharacter } from "./escaped-character.ts";
import { literalSource, parseClass, parseProperty } from "./parse-class.ts";
import type { RegexNode, RepeatMode } from "./regex-node.ts";

const start = "(?<![^])";
const end = "(?![^])";

const set = (source: string): RegexNode => ({ kind: "set", source });
const assertion = (source: string): RegexNode => ({ kind: "assertion", source });

const boundary = `(?:(?<=[${word}])(?![${word}])|(?<![${word}])(?=[${word}]))`;
const noBoundary = `(?:(?<=[${word}])(?=[${word}])|(?<![${word}])(?![${word}]))`;

/** `^` and `$` are about lines, always, as in Ruby, whose syntax Oniguruma follows. */
const places: ReadonlyMap<string, string> = new Map([
  ["A", start],
  ["z", end],
  ["Z", `(?=\\n?${end})`],
  ["b", boundary],
  ["B", noBoundary],
]);
const lineStart = assertion(`(?:${start}|(?<=\\n)(?=[^]))`);
const lineEnd = assertion(`(?=\\n|${end})`);

const lineBreak: RegexNode = {
  kind: "choice",
  options: [
    { kind: "sequence", items: [set("\\r"), set("\\n")] },
    set("[\\n-\\r\\x85\\u2028\\u2029]"),
  ],
};

const literal = (cursor: Cursor, character: string): RegexNode => {
  const variants = cursor.ignoresCase() ? caseVariants(character) : [character];
  const sources = variants.map(literalSource).join("");
  return set(variants.length === 1 ? sources : `[${sources}]`);
};

const parseEscape = (cursor: Cursor): RegexNode => {
  const at = cursor.position() - 1;
  const number = cursor.match(/[1-9]\d*/);
  if (number !== null) return { kind: "backreference", name: `group${number[0]}` };
  const letter = cursor.next();
  if (letter === "w") return set(`[${word}]`);
  if (letter === "W") return set(`[^${word}]`);
  const items = escapedClass(letter);
  if (items !== undefined) return set(`[${items}]`);
  if (letter === "p" || letter === "P") return set(`[${parseProperty(cursor, letter)}]`);
  const place = places.get(letter);
  if (place !== undefined) return assertion(place);
  if (letter === "O") return set("[^]");
  if (letter === "N") return set("[^\\n]");
  if (letter === "R") return { kind: "atomic", body: lineBreak };
  if (letter === "k") {
    if (!cursor.take("<")) return cursor.fail("\\k must be followed by <name>", at);
    const name = cursor.takeUntil(">");
    return { kind: "backreference", name: /^\d+$/.test(name) ? `group${name}` : name };
  }
  return literal(cursor, escapedCharacter(cursor, letter));
};

/** What is being parsed: groups get their numbers as they open. */
type State = { readonly cursor: Cursor; groups: number };

const looks = ["(?=", "(?!", "(?<=", "(?<!"] as const;

const closed = (cursor: Cursor, at: number, body: RegexNode): RegexNode => {
  if (!cursor.take(")")) cursor.fail("a group must be closed", at);
  return body;
};

/** `(?i)` holds to the end of the group it is in, alternatives included; `(?i:…)` for its own group. */
const parseFlags = (state: State, at: number): RegexNode => {
  const { cursor } = state;
  const match = cursor.match(/([imx]*)(?:-([imx]*))?/);
  const [on, off] = [match?.[1] ?? "", match?.[2] ?? ""];
  if (cursor.take(")")) {
    cursor.setFlags(on, off);
    return parseChoice(state);
  }
  if (!cursor.take(":")) return cursor.fail("this kind of group has no equal in JavaScript", at);
  return cursor.nested(() => {
    cursor.setFlags(on, off);
    return closed(cursor, at, parseChoice(state));
  });
};

const parseCapture = (state: State, name: string, at: number): RegexNode => {
  const body = state.cursor.nested(() => closed(state.cursor, at, parseChoice(state)));
  return { kind: "capture", name, body };
};

/** The cursor is at the `(`. */
const parseGroup = (state: State): RegexNode => {
  const { cursor } = state;
  const at = cursor.position();
  const inner = (): RegexNode => cursor.nested(() => closed(cursor, at, parseChoice(state)));
  for (const opening of looks)
    if (cursor.take(opening)) return { kind: "look", opening, body: inner() };
  if (cursor.take("(?>")) return { kind: "atomic", body: inner() };
  if (cursor.take("(?#")) {
    cursor.takeUntil(")");
    return { kind: "sequence", items: [] };
  }
  const named = cursor.match(/\(\?P?<([A-Za-z_]\w*)>/);
  if (named !== null) return parseCapture(state, named[1] ?? "", at);
  if (cursor.take("(?")) return parseFlags(state, at);
  cursor.take("(");
  state.groups += 1;
  return parseCapture(state, `group${state.groups}`, at);
};

const parseAtom = (state: State): RegexNode => {
  const { cursor } = state;
  if (cursor.peek("(")) return parseGroup(state);
  if (cursor.peek("[")) return set(parseClass(cursor));
  const at = cursor.position();
  if (cursor.take("\\")) return parseEscape(cursor);
  if (cursor.take(".")) return set(cursor.dotMatchesNewline() ? "[^]" : "[^\\n]");
  if (cursor.take("^")) return lineStart;
  if (cursor.take("$")) return lineEnd;
  if (cursor.match(/[*+?]/) !== null)
    return cursor.fail("a repeat must follow what it repeats", at);
  return literal(cursor, cursor.next());
};

const interval = /\{(\d*)(,?)(\d*)\}/;

const bounds = (
  cursor: Cursor,
): readonly [min: number, max: number, isInterval: boolean] | undefined => {
  if (cursor.take("*")) return [0, Infinity, false];
  if (cursor.take("+")) return [1, Infinity, false];
  if (cursor.take("?")) return [0, 1, false];
  if (!cursor.peek("{") || cursor.peek("{}") || cursor.peek("{,}")) return undefined;
  const at = cursor.position();
  const match = cursor.match(interval);
  if (match === null) return undefined;
  const min = Number(match[1] ?? 0);
  const max = match[2] === "" ? min : match[3] === "" ? Infinity : Number(match[3]);
  if (max < min || min > 100_000 || (max !== Infinity && max > 100_000))
    cursor.fail("a repeat must go up, at most to 100000", at);
  return [min, max, true];
};

const modeOf = (cursor: Cursor, isInterval: boolean): RepeatMode => {
  if (cursor.take("?")) return "lazy";
  return !isInterval && cursor.take("+") ? "possessive" : "greedy";
};

type Repeat = RegexNode & { kind: "repeat" };

/** A repeat without end of a repeat of one set is one repeat: `\p{N}{1,3}+` is `\p{N}+`. */
const repeat = (outer: Omit<Repeat, "kind">): RegexNode => {
  const { body: inner, max, mode } = outer;
  const isOne =
    inner.kind === "repeat" &&
    inner.body.kind === "set" &&
    inner.min <= 1 &&
    max === Infinity &&
    inner.mode === "greedy" &&
    mode === "greedy";
  if (!isOne) return { kind: "repeat", ...outer };
  return { ...inner, min: inner.min * outer.min, max: inner.max === 0 ? 0 : Infinity };
};

const skipBlanks = (cursor: Cursor): void => {
  if (cursor.isExtended()) cursor.match(/(?:\s|#[^\n]*)*/);
};

const parseRepeats = (state: State): RegexNode => {
  const { cursor } = state;
  const position = cursor.position();
  let node = parseAtom(state);
  for (skipBlanks(cursor); ; skipBlanks(cursor)) {
    const found = bounds(cursor);
    if (found === undefined) return node;
    const [min, max, isInterval] = found;
    node = repeat({ body: node, min, max, mode: modeOf(cursor, isInterval), position });
  }
};

const parseSequence = (state: State): RegexNode => {
  const { cursor } = state;
  const items: RegexNode[] = [];
  for (
    skipBlanks(cursor);
    !cursor.atEnd() && !cursor.peek("|") && !cursor.peek(")");
    skipBlanks(cursor)
  )
    items.push(parseRepeats(state));
  return items.length === 1 && items[0] !== undefined ? items[0] : { kind: "sequence", items };
};

const parseChoice = (state: State): RegexNode => {
  const options = [parseSequence(state)];
  while (state.cursor.take("|")) options.push(parseSequence(state));
  return options.length === 1 && options[0] !== undefined
    ? options[0]
    : { kind: "choice", options };
};

/** A regular expression of a tokenizer file (Oniguruma's Ruby syntax) as a tree; throws RegexError. */
export const parseRegex = (pattern: string): RegexNode => {
  const cursor = cursorOf(pattern);
  const node = parseChoice({ cursor, groups: 0 });
  if (!cursor.atEnd()) cursor.fail("a group must be opened before it is closed");
  return node;
};
