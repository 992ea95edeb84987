import { blocksOf } from "./blocks-of.ts";
import type { HtmlBlock } from "./html-block.ts";
import { mainBlocks } from "./main-blocks.ts";

/** Settings of `htmlToText`. */
export type HtmlToTextOptions = {
  /**
   * What is kept: "main" (default) what the page is about, without navigation, advertising, notices and lists of links; "marked" all but
   * what tags, roles and class names call such; "all" everything that is visible.
   */
  readonly content?: "main" | "marked" | "all";
  /** "text" (default) keeps the words of a link alone, "markdown" writes [words](address). */
  readonly links?: "text" | "markdown";
  /** "plain" (default) or "markdown": headings with "#", without their level. */
  readonly headings?: "plain" | "markdown";
};

const writeLink = (text: string, address: string): string =>
  address === "" || address.startsWith("#") || /^(?:javascript|data):/i.test(address)
    ? text
    : `[${text}](${address})`;

const written = ({ kind, text, prefix }: HtmlBlock, markdown: boolean): string => {
  const lines = kind === "heading" && markdown ? `# ${text.replaceAll("\n", " ")}` : text;
  if (prefix === "") return lines;
  // Quotation marks stand before every line, the mark of an item before its first.
  const quotes = /^(?:> )*/.exec(prefix)?.[0] ?? "";
  const rest = quotes + " ".repeat(prefix.length - quotes.length);
  return prefix + lines.replaceAll("\n", `\n${rest}`);
};

/** Items of a list and rows of a table stand close together. */
const isClose = (previous: HtmlBlock, next: HtmlBlock): boolean =>
  previous.kind === next.kind && (next.kind === "item" || next.kind === "row");

const join = (blocks: readonly HtmlBlock[], markdown: boolean): string => {
  const parts: string[] = [];
  let previous: HtmlBlock | undefined;
  for (const block of blocks) {
    if (previous !== undefined) parts.push(isClose(previous, block) ? "\n" : "\n\n");
    parts.push(written(block, markdown));
    previous = block;
  }
  return parts.join("");
};

const select = (
  blocks: readonly HtmlBlock[],
  content: HtmlToTextOptions["content"],
): readonly HtmlBlock[] => {
  if (content === "all") return blocks;
  if (content === "marked") return blocks.filter(({ boilerplate }) => !boilerplate);
  return mainBlocks(blocks);
};

/**
 * The readable text of a page: paragraphs and headings apart by an empty line, items with "- " or their number, table rows with " | "
 * between cells, `<pre>` as it is; never scripts, styles, forms' controls or what is hidden. Takes broken HTML, any depth and any length
 * in linear time. What a script would add to the page is not there.
 *
 * ```ts doctest
 * import { htmlToText } from "@adjoint/data";
 * htmlToText("<h1>Tea &amp; cake</h1><ul><li>black<li>green</ul><script>track()</script>"); // => "Tea & cake\n\n- black\n- green"
 * ```
 */
export const htmlToText = (html: string, options: HtmlToTextOptions = {}): string => {
  const { content = "main", links = "text", headings = "plain" } = options;
  const blocks = blocksOf(html, links === "markdown" ? writeLink : undefined);
  return join(select(blocks, content), headings === "markdown");
};
