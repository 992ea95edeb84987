import { ArgumentError } from "@adjoint/core";
import { leaves } from "@adjoint/core/tree";
import { isTensor } from "@adjoint/core";
import { checkRecords } from "../internal/check-tensors.ts";
import type { GptConfig } from "./gpt-config.ts";
import type { GptParams } from "./gpt.ts";

const layersOf = (blocks: GptParams["blocks"]): number => {
  if (Array.isArray(blocks)) return blocks.length;
  const all: readonly unknown[] = leaves(blocks);
  return all.find(isTensor)?.shape[0] ?? 0;
};

/** Throws ArgumentError naming what the configuration says of parameters and is not so; blocks may be stacked or not. */
export const checkGpt = (params: GptParams, options: GptConfig): void => {
  checkRecords("gpt", { params, options });
  const { wte, wpe, blocks, lnFinal, head } = params;
  checkRecords("gpt", { "params.wte": wte, "params.wpe": wpe, "params.lnFinal": lnFinal });
  const found: Partial<GptConfig> = {
    vocabSize: wte.table.shape[0] ?? 0,
    blockSize: wpe.table.shape[0] ?? 0,
    nLayer: layersOf(blocks),
    nEmbd: wte.table.shape[1] ?? 0,
    useBias: lnFinal.bias !== undefined,
    tiedHead: head === undefined,
  };
  const names = ["vocabSize", "blockSize", "nLayer", "nEmbd", "useBias", "tiedHead"] as const;
  const differ = names.filter((name) => options[name] !== found[name]);
  if (differ.length === 0) return;
  throw new ArgumentError({
    operation: "gpt",
    rule: "the configuration must be that of the parameters",
    got: differ.map((name) => `${name} ${options[name]} for ${found[name]}`).join(", "),
    fix: "give the configuration that the parameters were made with",
  });
};
