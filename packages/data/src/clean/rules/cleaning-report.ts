import type { Rule } from "./rule.ts";

/** How much went in and came out. */
export type Flow = {
  readonly documentsIn: number;
  readonly documentsOut: number;
  /** UTF-8 bytes. */
  readonly bytesIn: number;
  readonly bytesOut: number;
};

/** What one rule did. */
export type RuleCount = Flow & {
  readonly name: string;
  /** How many documents it let through in another form. */
  readonly edited: number;
};

/** What cleaning did, as plain JSON: in all and rule by rule, in their order. */
export type CleaningReport = Flow & { readonly rules: readonly RuleCount[] };

const noFlow: Flow = { documentsIn: 0, documentsOut: 0, bytesIn: 0, bytesOut: 0 };

/** The report of no documents: the identity of `addReports`. */
export const emptyReport: CleaningReport = { ...noFlow, rules: [] };

const addFlows = (a: Flow, b: Flow): Flow => ({
  documentsIn: a.documentsIn + b.documentsIn,
  documentsOut: a.documentsOut + b.documentsOut,
  bytesIn: a.bytesIn + b.bytesIn,
  bytesOut: a.bytesOut + b.bytesOut,
});

const addRule = (rules: Map<string, RuleCount>, rule: RuleCount): void => {
  const known = rules.get(rule.name);
  const sum =
    known === undefined
      ? rule
      : { name: rule.name, ...addFlows(known, rule), edited: known.edited + rule.edited };
  rules.set(rule.name, sum);
};

/**
 * The report of both collections: associative, with `emptyReport` as its identity, so parts of a collection can be cleaned apart. Rules
 * are joined by name.
 */
export const addReports = (a: CleaningReport, b: CleaningReport): CleaningReport => {
  const rules = new Map<string, RuleCount>();
  for (const rule of [...a.rules, ...b.rules]) addRule(rules, rule);
  return { ...addFlows(a, b), rules: [...rules.values()] };
};

/** Bytes of the text as UTF-8, without encoding it. */
export const utf8Length = (text: string): number => {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A pair of surrogates is 4 bytes for 2 units; a lone one becomes U+FFFD, 3 bytes.
    bytes += unit < 0x800 ? 1 : 2;
    const next = text.charCodeAt(i + 1);
    if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) i++;
  }
  return bytes;
};

/** A cleaned text with what happened to it. */
export type Reported = { readonly text: string | undefined; readonly report: CleaningReport };

const countOf = (
  name: string,
  bytesIn: number,
  after: string | undefined,
  edited: boolean,
): RuleCount => ({
  name,
  documentsIn: 1,
  documentsOut: after === undefined ? 0 : 1,
  bytesIn,
  bytesOut: after === undefined ? 0 : edited ? utf8Length(after) : bytesIn,
  edited: edited ? 1 : 0,
});

const step = (rule: Rule, text: string): string | undefined =>
  "edit" in rule ? rule.edit(text) : rule.keep(text) ? text : undefined;

/** `applyRules` with the report of this one text; its text is undefined when a rule took it out. */
export const reportRules = (text: string, rules: readonly Rule[]): Reported => {
  const counts: RuleCount[] = [];
  const bytesIn = utf8Length(text);
  let bytes = bytesIn;
  let current: string | undefined = text;
  for (const rule of rules) {
    const after: string | undefined = step(rule, current);
    const count = countOf(rule.name, bytes, after, after !== undefined && after !== current);
    counts.push(count);
    [current, bytes] = [after, count.bytesOut];
    if (current === undefined) break;
  }
  const documentsOut = current === undefined ? 0 : 1;
  const own = { documentsIn: 1, documentsOut, bytesIn, bytesOut: bytes, rules: counts };
  return { text: current, report: addReports(emptyReport, own) };
};
