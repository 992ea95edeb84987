import { ArgumentError, ShapeError } from "../errors.ts";
import { formatShape, type Shape } from "../shape.ts";

/** Names of the axes of one operand; those of an ellipsis are "...1" (last), "...2" and so on. */
export type Labels = readonly string[];

/** What an einsum string means for operands of given shapes. */
export type EinsumPlan = {
  readonly inputs: readonly Labels[];
  readonly output: Labels;
  readonly sizes: ReadonlyMap<string, number>;
};

const refuse = (spec: string, rule: string, got?: string): ArgumentError =>
  new ArgumentError({
    operation: "einsum",
    rule: `${rule} in "${spec}"`,
    ...(got === undefined ? {} : { got }),
  });

const ellipsisLabels = (count: number): Labels =>
  Array.from({ length: count }, (_, i) => `...${count - i}`);

/** Splits "a...b" into labels, the ellipsis becoming `width` labels. */
const expand = (spec: string, term: string, width: number): Labels => {
  const parts = term.split("...");
  if (parts.length > 2 || !parts.every((p) => /^[A-Za-z]*$/.test(p)))
    throw refuse(spec, "a term must be letters with at most one ellipsis", `"${term}"`);
  const [head = "", tail = ""] = parts;
  return parts.length === 1 ? [...head] : [...head, ...ellipsisLabels(width), ...tail];
};

const operandLabels = (spec: string, term: string, shape: Shape): Labels => {
  const letters = term.replace("...", "").length;
  const width = shape.length - letters;
  if (width < 0 || (width > 0 && !term.includes("...")))
    throw new ShapeError({
      operation: "einsum",
      rule: `"${term}" names ${letters} axes in "${spec}"`,
      got: formatShape(shape),
      fix: "name every axis, or use an ellipsis",
    });
  return expand(spec, term, width);
};

/** NumPy's rule without "->": the ellipsis, then every label that occurs once, in alphabetical order. */
const implicitOutput = (inputs: readonly Labels[], ellipsis: number): Labels => {
  const all = inputs.flat().filter((label) => !label.startsWith("."));
  const once = all.filter((label) => all.indexOf(label) === all.lastIndexOf(label));
  return [...ellipsisLabels(ellipsis), ...once.sort()];
};

/** Size of each label; an axis of size 1 broadcasts. */
const measure = (
  spec: string,
  inputs: readonly Labels[],
  shapes: readonly Shape[],
): ReadonlyMap<string, number> => {
  const sizes = new Map<string, number>();
  inputs.forEach((labels, n) => {
    labels.forEach((label, i) => {
      const [size, known] = [shapes[n]?.[i] ?? 1, sizes.get(label) ?? 1];
      if (size !== 1 && known !== 1 && size !== known)
        throw new ShapeError({
          operation: "einsum",
          rule: `axes with one label must have one size in "${spec}"`,
          got: `${known} and ${size} for "${label}"`,
        });
      sizes.set(label, known === 1 ? size : known);
    });
  });
  return sizes;
};

/** Reads an einsum string for operands of the given shapes; throws ArgumentError or ShapeError. */
export const parseEinsum = (spec: string, shapes: readonly Shape[]): EinsumPlan => {
  const [left = "", right, ...more] = spec.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (more.length > 0) throw refuse(spec, 'there may be one "->"');
  if (terms.length !== shapes.length)
    throw refuse(
      spec,
      "there must be one term per operand",
      `${terms.length} terms, ${shapes.length} operands`,
    );
  const inputs = terms.map((term, n) => operandLabels(spec, term, shapes[n] ?? []));
  const ellipsis = Math.max(
    0,
    ...inputs.map((labels) => labels.filter((l) => l.startsWith(".")).length),
  );
  const output =
    right === undefined ? implicitOutput(inputs, ellipsis) : expand(spec, right, ellipsis);
  const sizes = measure(spec, inputs, shapes);
  const bad = output.find((label, i) => !sizes.has(label) || output.indexOf(label) !== i);
  if (bad !== undefined)
    throw refuse(
      spec,
      "an output label must occur among the operands, and once in the output",
      `"${bad}"`,
    );
  return { inputs, output, sizes };
};
