import { ArgumentError } from "@adjoint/core";
import type { DecoderConfig } from "../decoder/decoder-config.ts";
import type { DecoderFamily } from "../families/decoder-family.ts";
import { llama } from "../families/llama.ts";
import { mistral } from "../families/mistral.ts";
import { mixtral } from "../families/mixtral.ts";
import { qwen3 } from "../families/qwen3.ts";

/** Decoders that can stand behind a tower in files, by their `model_type`. */
export const textFamilies: {
  readonly llama: DecoderFamily;
  readonly mistral: DecoderFamily;
  readonly mixtral: DecoderFamily;
  readonly qwen3: DecoderFamily;
} = { llama, mistral, mixtral, qwen3 };

/** The family that a configuration belongs to: the plainest that has all its parts. Throws ArgumentError for none. */
export const familyOf = (config: DecoderConfig): DecoderFamily => {
  const { attention, experts, latent, windows, norm, mlp, positions } = config;
  const isLlamas =
    norm.kind === "rms" &&
    norm.first &&
    norm.useScale !== false &&
    mlp.gated &&
    mlp.activation === "silu" &&
    positions.kind === "rope" &&
    latent === undefined &&
    config.logitCap === undefined &&
    config.embeddingNorm !== true;
  if (!isLlamas)
    throw new ArgumentError({
      operation: "llava",
      rule: "writes decoders with rotary positions, RMS norms first and SwiGLU",
      got: `${positions.kind} positions, ${norm.kind} norms, ${mlp.activation}`,
    });
  if (experts !== undefined) return mixtral;
  if (attention.qkNorm) return qwen3;
  return windows.some((window) => window !== undefined) ? mistral : llama;
};
