/** How often and how eagerly a part repeats. Possessive repeats never give back what they took. */
export type RepeatMode = "greedy" | "lazy" | "possessive";

/** A regular expression as a tree; `source` is JavaScript. */
export type RegexNode =
  /** One character of a set. */
  | { readonly kind: "set"; readonly source: string }
  /** A place between characters. */
  | { readonly kind: "assertion"; readonly source: string }
  | {
      readonly kind: "look";
      readonly opening: "(?=" | "(?!" | "(?<=" | "(?<!";
      readonly body: RegexNode;
    }
  | { readonly kind: "sequence"; readonly items: readonly RegexNode[] }
  | { readonly kind: "choice"; readonly options: readonly RegexNode[] }
  | {
      readonly kind: "repeat";
      readonly body: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly mode: RepeatMode;
      /** Where it is in the pattern, for complaints. */
      readonly position: number;
    }
  | { readonly kind: "atomic"; readonly body: RegexNode }
  | { readonly kind: "capture"; readonly name: string; readonly body: RegexNode }
  | { readonly kind: "backreference"; readonly name: string };
