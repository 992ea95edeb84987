import type { BlockKind, HtmlBlock } from "./html-block.ts";
import type { OpenElement } from "./open-elements.ts";

/** Writes a link into the text; undefined leaves its text alone. */
export type LinkWriter = ((text: string, address: string) => string) | undefined;

/** Gathers text until a block ends. Every method is told the element in which it happens. */
export type BlockWriter = {
  readonly blocks: readonly HtmlBlock[];
  readonly text: (raw: string, within: OpenElement) => void;
  /** A line end; a second one in a row ends the block. */
  readonly lineBreak: (within: OpenElement) => void;
  /** A cell begins. */
  readonly cell: () => void;
  /** Ends the block at hand and begins one of this element. */
  readonly begin: (tag: string, within: OpenElement) => void;
  readonly end: (within: OpenElement) => void;
  readonly openLink: (address: string) => void;
  readonly closeLink: () => void;
};

/** The text of the block at hand; `breakAt` is its length at the last line end. */
type Draft = { readonly parts: string[]; linked: number; length: number; breakAt: number };

const emptyDraft = (): Draft => ({ parts: [], linked: 0, length: 0, breakAt: -1 });

const collapse = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.replace(/[ \t\r\f\v]+/g, " ").trim())
    .filter((line) => line !== "")
    .join("\n");

const visibleLength = (text: string): number => text.length - (text.match(/\s/g)?.length ?? 0);

const kindOf = (tag: string): BlockKind => {
  if (/^h[1-6]$/.test(tag)) return "heading";
  if (tag === "li") return "item";
  return tag === "tr" ? "row" : tag === "pre" ? "preformatted" : "paragraph";
};

/** Deeper lists and quotations are not moved in further: a hundred thousand of them would fill the memory. */
const MAX_INDENT = 8;

const prefixOf = (mark: string, { quoteDepth, listDepth }: OpenElement): string => {
  const quotes = "> ".repeat(Math.min(quoteDepth, MAX_INDENT));
  const indent = mark === "" ? "" : "  ".repeat(Math.min(Math.max(0, listDepth - 1), MAX_INDENT));
  return quotes + indent + mark;
};

/** A writer with nothing written. */
export const blockWriter = (writeLink: LinkWriter): BlockWriter => {
  const blocks: HtmlBlock[] = [];
  let draft = emptyDraft();
  let kind: BlockKind = "paragraph";
  let mark = "";
  let link: { readonly from: number; readonly address: string } | undefined;

  const flush = (within: OpenElement): void => {
    const { parts, linked, length } = draft;
    draft = emptyDraft();
    link = undefined;
    if (length === 0) return;
    const raw = parts.join("");
    const own = within.preformatted ? "preformatted" : kind;
    const text = own === "preformatted" ? raw.replace(/^\n/, "").trimEnd() : collapse(raw);
    const { boilerplate, main } = within;
    blocks.push({
      kind: own,
      text,
      prefix: prefixOf(mark, within),
      linked,
      length,
      boilerplate,
      main,
    });
    mark = "";
  };

  return {
    blocks,
    text: (raw, { preformatted, link: address }) => {
      // Line ends of the source are spaces; those of <br> come from `lineBreak`.
      draft.parts.push(preformatted ? raw : raw.replace(/[\r\n]+/g, " "));
      const length = visibleLength(raw);
      draft.length += length;
      if (address !== undefined) draft.linked += length;
    },
    lineBreak: (within) => {
      if (draft.breakAt === draft.length) flush(within);
      else {
        draft.parts.push("\n");
        draft.breakAt = draft.length;
      }
    },
    cell: () => {
      if (draft.length > 0) draft.parts.push(" | ");
    },
    begin: (tag, within) => {
      flush(within);
      kind = kindOf(tag);
      const { list } = within;
      if (tag === "li") mark = list?.ordered === true ? `${list.next++}. ` : "- ";
    },
    end: (within) => {
      flush(within);
      kind = "paragraph";
    },
    openLink: (address) => {
      link = { from: draft.parts.length, address };
    },
    closeLink: () => {
      if (link === undefined || writeLink === undefined) return;
      const words = draft.parts.splice(link.from).join("");
      draft.parts.push(words.trim() === "" ? words : writeLink(words.trim(), link.address));
      link = undefined;
    },
  };
};
