import { blockWriter, type LinkWriter } from "./block-writer.ts";
import { type Attributes, BLOCKS, VOID } from "./element-facts.ts";
import type { HtmlBlock } from "./html-block.ts";
import { endsOf, enter, impliedEnds, type OpenElement, ROOT } from "./open-elements.ts";
import { scanTags } from "./scan-tags.ts";

/** Cuts a page into blocks of text, without what is hidden. */
export const blocksOf = (html: string, writeLink: LinkWriter): readonly HtmlBlock[] => {
  const writer = blockWriter(writeLink);
  const stack: OpenElement[] = [];
  const top = (): OpenElement => stack.at(-1) ?? ROOT;

  const pop = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const within = top();
      if (!within.hidden && within.tag === "a") writer.closeLink();
      if (!within.hidden && BLOCKS.has(within.tag)) writer.end(within);
      stack.pop();
    }
  };

  const push = (tag: string, attributes: Attributes): void => {
    const element = enter(top(), tag, attributes);
    stack.push(element);
    if (!element.hidden && tag === "a" && element.link !== undefined) writer.openLink(element.link);
  };

  const open = (tag: string, attributes: Attributes): void => {
    const isBlock = BLOCKS.has(tag);
    pop(impliedEnds(stack, tag, isBlock));
    if (!top().hidden) {
      if (tag === "br") writer.lineBreak(top());
      if (tag === "td" || tag === "th") writer.cell();
      if (isBlock) writer.begin(tag, top());
    }
    if (!VOID.has(tag)) push(tag, attributes);
  };

  const close = (tag: string): void => {
    const ends = endsOf(stack, tag);
    pop(ends);
    // As in browsers, an end tag of no paragraph is an empty paragraph.
    if (ends === 0 && tag === "p" && !top().hidden) writer.end(top());
  };

  scanTags(html, {
    open,
    close,
    text: (raw) => {
      if (!top().hidden) writer.text(raw, top());
    },
  });
  writer.end(top());
  return writer.blocks;
};
