import type { BlockConfig, ExpertsConfig } from "./block-config.ts";

const explicitExperts = (experts: ExpertsConfig): ExpertsConfig => ({
  gate: "softmax",
  renormalize: true,
  scale: 1,
  groups: { count: 1, keep: 1 },
  ...experts,
});

/**
 * A configuration with its defaults filled in, so that two of the same model are equal. What is not used, and what only training
 * knows (dropout, the spread of fresh weights), is the same in all.
 */
export const explicitBlock = <C extends BlockConfig>(config: C): C => {
  const { norm, attention, mlp, latent, experts } = config;
  const headDim = latent === undefined ? config.headDim : latent.plainDim + latent.ropeDim;
  const hasMlp = experts === undefined || experts.firstDense > 0;
  return {
    ...config,
    headDim,
    norm: { useScale: true, ...norm },
    attention: {
      scale: headDim ** -0.5,
      ...attention,
      qkScale: attention.qkNorm && (attention.qkScale ?? true),
    },
    mlp: hasMlp ? mlp : { ...mlp, hidden: experts.hidden },
    ...(experts === undefined ? {} : { experts: explicitExperts(experts) }),
    dropout: 0,
    initStd: 0,
  };
};
