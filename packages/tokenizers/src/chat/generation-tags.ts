const tag = /\{%(-?)\s*(end)?generation\s*(-?)%\}/g;

/** Whether a template marks what the assistant writes. */
export const hasGenerationTags = (source: string): boolean => source.search(tag) >= 0;

/** Characters that Unicode keeps out of texts. */
const noncharacters = Array.from({ length: 32 }, (_, i) => String.fromCharCode(0xfdd0 + i));

/** Two characters that do not occur in the texts, or undefined where all do. */
export const marksFor = (...texts: readonly string[]): readonly [string, string] | undefined => {
  const [start, end] = noncharacters.filter((mark) => !texts.some((text) => text.includes(mark)));
  return start === undefined || end === undefined ? undefined : [start, end];
};

/**
 * The template that writes a mark where an answer begins and ends. The tags become blocks, so that white space around
 * them goes as it did around the tags.
 */
export const markedTemplate = (source: string, [start, end]: readonly [string, string]): string =>
  source.replace(
    tag,
    (_, left: string, ending: string | undefined, right: string) =>
      `{%${left} if 1 %}${ending === undefined ? start : end}{% endif ${right}%}`,
  );

/** A stretch of a text, in UTF-16 units. */
export type TextSpan = { readonly start: number; readonly end: number };

/** The text without the marks, and the stretches that lay between them. */
export const spansOfMarks = (
  marked: string,
  [start, end]: readonly [string, string],
): { readonly text: string; readonly spans: readonly TextSpan[] } => {
  const spans: TextSpan[] = [];
  let text = "";
  let open = -1;
  for (const part of marked.split(new RegExp(`([${start}${end}])`, "u"))) {
    if (part === start) open = text.length;
    else if (part !== end) text += part;
    else if (open >= 0) {
      spans.push({ start: open, end: text.length });
      open = -1;
    }
  }
  return { text, spans };
};
