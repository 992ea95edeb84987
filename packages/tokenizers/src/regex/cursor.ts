import { RegexError } from "./regex-error.ts";

const deepest = 100;

/** A place in a pattern that moves on, with the flags that hold there. */
export type Cursor = {
  readonly position: () => number;
  readonly atEnd: () => boolean;
  /** Whether `text` comes next. */
  readonly peek: (text: string) => boolean;
  /** Goes past `text` if it comes next, and says whether it did. */
  readonly take: (text: string) => boolean;
  /** Goes past what `regex` (sticky) matches here, and gives the match. */
  readonly match: (regex: RegExp) => RegExpExecArray | null;
  /** Goes past one character, and gives it. */
  readonly next: () => string;
  /** Goes past `end`, and gives what was before it. */
  readonly takeUntil: (end: string) => string;
  readonly ignoresCase: () => boolean;
  readonly isExtended: () => boolean;
  readonly dotMatchesNewline: () => boolean;
  readonly setFlags: (on: string, off: string) => void;
  /** Runs `parse` one level deeper; flags that it sets end with it. */
  readonly nested: <T>(parse: () => T) => T;
  readonly fail: (rule: string, position?: number) => never;
};

/** A cursor at the start of `pattern`. */
export const cursorOf = (pattern: string): Cursor => {
  let place = 0;
  let depth = 0;
  let flags = "";
  const fail = (rule: string, position = place): never => {
    throw new RegexError(pattern, position, rule);
  };
  const peek = (text: string): boolean => pattern.startsWith(text, place);
  const take = (text: string): boolean => {
    if (!peek(text)) return false;
    place += text.length;
    return true;
  };
  return {
    position: () => place,
    atEnd: () => place >= pattern.length,
    peek,
    take,
    match: (regex) => {
      const sticky = new RegExp(regex.source, "y");
      sticky.lastIndex = place;
      const match = sticky.exec(pattern);
      if (match !== null) place += match[0].length;
      return match;
    },
    next: () => {
      const code = pattern.codePointAt(place);
      if (code === undefined) return fail("a pattern must not end in the middle of a part");
      const character = String.fromCodePoint(code);
      place += character.length;
      return character;
    },
    takeUntil: (end) => {
      const at = pattern.indexOf(end, place);
      if (at < 0) return fail(`${end} must follow`);
      const text = pattern.slice(place, at);
      place = at + end.length;
      return text;
    },
    ignoresCase: () => flags.includes("i"),
    isExtended: () => flags.includes("x"),
    dotMatchesNewline: () => flags.includes("m"),
    setFlags: (on, off) => {
      flags = [...new Set(flags + on)].filter((flag) => !off.includes(flag)).join("");
    },
    nested: (parse) => {
      if (++depth > deepest) fail(`groups must not be more than ${deepest} deep`);
      const outer = flags;
      const result = parse();
      flags = outer;
      depth--;
      return result;
    },
    fail,
  };
};
