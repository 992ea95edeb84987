/** How a piece of a page is written down. */
export type BlockKind = "paragraph" | "heading" | "item" | "row" | "preformatted";

/** A piece of a page between two block elements. */
export type HtmlBlock = {
  readonly kind: BlockKind;
  readonly text: string;
  /** What stands before the text in the output: the mark and indentation of a list item, the signs of a quotation. */
  readonly prefix: string;
  /** Characters of the text within links, and all of them, white space aside. */
  readonly linked: number;
  readonly length: number;
  /** Whether tags, roles or class names say that it is navigation, advertising and the like. */
  readonly boilerplate: boolean;
  /** Whether it stands in the page's main part or article. */
  readonly main: boolean;
};
