/** An example to run: its code and the line, from 1, on which the code begins. */
export interface Fence {
  readonly code: string;
  readonly line: number;
}

const opening = /^(\s*(?:\*\s?)?)```ts doctest\s*$/;

/** The fences marked `ts doctest` of a Markdown file, or of the doc comments of a source file. */
export const findFences = (text: string): Fence[] => {
  const lines = text.split(/\r?\n/);
  const fences: Fence[] = [];
  for (let at = 0; at < lines.length; at++) {
    const prefix = opening.exec(lines[at] ?? "")?.[1];
    if (prefix === undefined) continue;
    const start = at + 1;
    const code: string[] = [];
    for (at = start; at < lines.length; at++) {
      const line = lines[at] ?? "";
      if (
        line
          .trimStart()
          .replace(/^\*\s?/, "")
          .startsWith("```")
      )
        break;
      code.push(
        line.startsWith(prefix) ? line.slice(prefix.length) : line.replace(/^\s*\*\s?/, ""),
      );
    }
    fences.push({ code: code.join("\n"), line: start + 1 });
  }
  return fences;
};
