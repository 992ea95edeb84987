import { ArgumentError } from "@adjoint/core";
import type { BlockConfig } from "./block-config.ts";

/** A rule, whether it holds, and what there is instead. */
export type Check = readonly [rule: string, holds: boolean, got: unknown];

/** Throws ArgumentError for the first rule that does not hold. */
export const checkAll = (operation: string, checks: readonly Check[]): void => {
  for (const [rule, holds, got] of checks)
    if (!holds) throw new ArgumentError({ operation, rule, got: String(got) });
};

/** That each is a whole number of at least 1. */
export const sizeChecks = (sizes: Readonly<Record<string, number>>): readonly Check[] =>
  Object.entries(sizes).map(([name, size]) => [
    `${name} must be a whole number of at least 1`,
    Number.isSafeInteger(size) && size >= 1,
    size,
  ]);

/** What each layer's window must be. */
export const windowChecks = (windows: readonly (number | undefined)[]): readonly Check[] =>
  windows.map((size) => [
    "windows must be whole numbers of at least 1",
    size === undefined || (Number.isSafeInteger(size) && size >= 1),
    size,
  ]);

/** What the sizes and rates of blocks must be. */
export const blockChecks = (config: BlockConfig): readonly Check[] => {
  const { nEmbd, nLayer, nHead, nKvHead, headDim, norm, mlp, experts, dropout, initStd } = config;
  return [
    ...sizeChecks({ nEmbd, nLayer, nHead, nKvHead, headDim, "mlp.hidden": mlp.hidden }),
    ["nKvHead must divide nHead", nHead % nKvHead === 0, `${nKvHead} and ${nHead}`],
    ["norm.eps must be a number of at least 0", norm.eps >= 0 && norm.eps < Infinity, norm.eps],
    ["initStd must be a number of at least 0", initStd >= 0 && initStd < Infinity, initStd],
    ["dropout must be a number from 0 to less than 1", dropout >= 0 && dropout < 1, dropout],
    [
      "experts.topK must be at most experts.nExpert",
      experts === undefined || experts.topK <= experts.nExpert,
      `${experts?.topK} of ${experts?.nExpert}`,
    ],
  ];
};
