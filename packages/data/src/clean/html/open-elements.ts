import { type Attributes, isHidden, saysBoilerplate, saysMain } from "./element-facts.ts";

/** A list that is open: how its items are numbered. */
export type ListContext = { readonly ordered: boolean; next: number };

/** An open element with all that holds within it. */
export type OpenElement = {
  readonly tag: string;
  readonly hidden: boolean;
  readonly boilerplate: boolean;
  readonly main: boolean;
  readonly preformatted: boolean;
  readonly link: string | undefined;
  readonly list: ListContext | undefined;
  readonly listDepth: number;
  readonly quoteDepth: number;
};

/** The page outside of every element. */
export const ROOT: OpenElement = {
  tag: "",
  hidden: false,
  boilerplate: false,
  main: false,
  preformatted: false,
  link: undefined,
  list: undefined,
  listDepth: 0,
  quoteDepth: 0,
};

const listOf = (
  tag: string,
  attributes: Attributes,
  parent: OpenElement,
): ListContext | undefined => {
  if (tag !== "ol" && tag !== "ul") return parent.list;
  const start = Number.parseInt(attributes.get("start") ?? "1", 10);
  return { ordered: tag === "ol", next: Number.isSafeInteger(start) ? start : 1 };
};

/** The element `tag` within `parent`. */
export const enter = (parent: OpenElement, tag: string, attributes: Attributes): OpenElement => {
  const isList = tag === "ol" || tag === "ul";
  // A heading in an article's own header is content, so <header> counts only outside.
  const pageHeader = tag === "header" && !parent.main;
  return {
    tag,
    hidden: parent.hidden || isHidden(tag, attributes),
    boilerplate: parent.boilerplate || pageHeader || saysBoilerplate(tag, attributes),
    main: parent.main || saysMain(tag, attributes),
    preformatted: parent.preformatted || tag === "pre",
    link: tag === "a" ? attributes.get("href") : parent.link,
    list: listOf(tag, attributes, parent),
    listDepth: parent.listDepth + (isList ? 1 : 0),
    quoteDepth: parent.quoteDepth + (tag === "blockquote" ? 1 : 0),
  };
};

/** What a start tag ends when its own end tag was left out, and where the search for it stops. */
const IMPLIED: ReadonlyMap<
  string,
  { readonly ends: readonly string[]; readonly within: readonly string[] }
> = new Map([
  ["li", { ends: ["li"], within: ["ul", "ol"] }],
  ["dt", { ends: ["dt", "dd"], within: ["dl"] }],
  ["dd", { ends: ["dt", "dd"], within: ["dl"] }],
  ["tr", { ends: ["tr"], within: ["table"] }],
  ["td", { ends: ["td", "th"], within: ["tr", "table"] }],
  ["th", { ends: ["td", "th"], within: ["tr", "table"] }],
  ["a", { ends: ["a"], within: ["td", "li", "div"] }],
]);

/** How many open elements an end tag may look through: real pages need a few, hostile ones would cost the square of their length. */
const REACH = 256;

/** How many elements to close so that `tag` may open; 0 for none. */
export const impliedEnds = (
  stack: readonly OpenElement[],
  tag: string,
  isBlock: boolean,
): number => {
  if (isBlock && stack.at(-1)?.tag === "p") return 1;
  const rule = IMPLIED.get(tag);
  if (rule === undefined) return 0;
  for (let up = 1; up <= Math.min(REACH, stack.length); up++) {
    const open = stack[stack.length - up]?.tag ?? "";
    if (rule.ends.includes(open)) return up;
    if (rule.within.includes(open)) return 0;
  }
  return 0;
};

/** How many elements the end tag `tag` closes; 0 when none such is open. */
export const endsOf = (stack: readonly OpenElement[], tag: string): number => {
  for (let up = 1; up <= Math.min(REACH, stack.length); up++) {
    if (stack[stack.length - up]?.tag === tag) return up;
  }
  return 0;
};
