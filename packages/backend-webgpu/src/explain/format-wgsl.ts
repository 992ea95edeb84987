/** What stands between words: where lines break and how deep they are. */
type State = { readonly lines: string[]; line: string; depth: number; parens: number };

const end = (state: State): void => {
  const text = state.line.trim();
  state.line = "";
  if (text !== "") state.lines.push("  ".repeat(state.depth) + text);
};

const open = (state: State): void => {
  state.line += "{";
  end(state);
  state.depth++;
};

const close = (state: State): void => {
  end(state);
  state.depth--;
  state.line = "}";
};

/** Whether what follows a closing brace stays on its line. */
const follows = (rest: string): boolean => /^\s*(else\b|;|,|\))/.test(rest);

const step = (state: State, char: string, rest: string): void => {
  const isCode = state.parens === 0;
  if (char === "(") state.parens++;
  if (char === ")") state.parens--;
  if (char === "{" && isCode) return open(state);
  if (char === "}" && isCode) {
    close(state);
    if (!follows(rest)) end(state);
    return;
  }
  if (char === "\n") {
    if (state.line.trim() === "}") return;
    if (isCode) end(state);
    else state.line = `${state.line.trimEnd()} `;
    return;
  }
  const isExtra = char === " " && (state.line === "" || state.line.endsWith(" "));
  if (!isExtra) state.line += char;
  if (char === ";" && isCode) end(state);
};

/** One statement a line, indented by braces. */
export const formatWgsl = (code: string): string => {
  const state: State = { lines: [], line: "", depth: 0, parens: 0 };
  for (let i = 0; i < code.length; i++) {
    const isComment = code.startsWith("//", i);
    const stop = isComment ? code.indexOf("\n", i) : -1;
    if (isComment) {
      state.line += code.slice(i, stop < 0 ? code.length : stop);
      end(state);
      i = stop < 0 ? code.length : stop;
    } else step(state, code[i] ?? "", code.slice(i + 1, i + 16));
  }
  end(state);
  return spaced(state.lines).join("\n");
};

/** An empty line before each function; none inside of `{ }`. */
const spaced = (lines: readonly string[]): readonly string[] =>
  lines.flatMap((line, i) => {
    const starts = /^(fn |@compute)/.test(line) && lines[i - 1]?.startsWith("@compute") !== true;
    return starts && i > 0 ? ["", line] : [line];
  });
