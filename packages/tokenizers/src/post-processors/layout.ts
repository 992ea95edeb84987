import type { TokenAndId } from "../spec/post-processor-spec.ts";

/** A part of the result: the first or second text, or special tokens. An undefined type is the text's own. */
export type LayoutPart =
  | { readonly sequence: 0 | 1; readonly typeId: number | undefined }
  | { readonly tokens: readonly TokenAndId[]; readonly typeId: number };

/** What becomes of one or two texts. */
export type Layout = readonly LayoutPart[];

/** A post-processor, ready to run. */
export type PostProcessor = {
  readonly single: Layout;
  readonly pair: Layout;
  /** Offsets are trimmed once for each entry, which says whether a space was added in front of the text. */
  readonly trims: readonly boolean[];
};

/** Layouts that put nothing around texts. */
export const bareSingle: Layout = [{ sequence: 0, typeId: undefined }];
export const barePair: Layout = [...bareSingle, { sequence: 1, typeId: undefined }];

/** A layout without its special tokens. */
export const withoutSpecial = (layout: Layout): Layout =>
  layout.filter((part) => "sequence" in part);

/** How many special tokens a layout has. */
export const specialCount = (layout: Layout): number =>
  layout.reduce((sum, part) => sum + ("tokens" in part ? part.tokens.length : 0), 0);
