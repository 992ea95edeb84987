import { ArgumentError, ShapeError, type Tensor } from "@adjoint/core";
import { linear, type LinearParams } from "../layers/linear.ts";
import type { ExpertParams } from "./experts.ts";

type Routed = { readonly router: LinearParams };

/** Tokens as rows (N, C); throws ShapeError unless x is as wide as the router. */
export const rowsOf = (params: Routed, x: Tensor): Tensor => {
  const [width = 0] = params.router.kernel.shape;
  if (x.rank >= 1 && x.shape.at(-1) === width) return x.reshape([-1, width]);
  throw new ShapeError({
    operation: "moe",
    rule: `takes x (..., ${width})`,
    got: `[${x.shape.join()}]`,
  });
};

/** The router's scores, in at least float32 whatever the type of x. */
export const routerLogits = ({ router }: Routed, rows: Tensor): Tensor => {
  const wide = rows.dtype === "float64" ? "float64" : "float32";
  const params = {
    kernel: router.kernel.cast(wide),
    ...(router.bias && { bias: router.bias.cast(wide) }),
  };
  return linear.apply(params, rows.cast(wide));
};

/** The mask of x as (N); throws ShapeError for another shape or type. */
export const maskOf = (x: Tensor, mask: Tensor | undefined): Tensor | undefined => {
  if (mask === undefined) return undefined;
  const rows = x.shape.slice(0, -1);
  if (mask.dtype === "bool" && mask.shape.join() === rows.join()) return mask.flatten();
  throw new ShapeError({
    operation: "moe",
    rule: `mask must be bool [${rows.join()}]`,
    got: `${mask.dtype} [${mask.shape.join()}]`,
  });
};

/** Throws ArgumentError unless the multiple of the mean load is above 0. */
export const checkFactor = (operation: string, factor: number): void => {
  if (factor > 0) return;
  throw new ArgumentError({
    operation,
    rule: "capacityFactor must be above 0",
    got: String(factor),
  });
};

/** Tokens that an expert takes: a multiple of the mean load, and never more than there are. */
export const capacityOf = (
  choices: number,
  { up }: ExpertParams,
  factor: number,
  tokens: number,
): number => Math.max(1, Math.min(tokens, Math.ceil((factor * choices) / (up.shape[0] ?? 1))));
