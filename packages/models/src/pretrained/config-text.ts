/**
 * Fields that transformers types as float: it refuses a whole number there that is written without a point, which JSON of JavaScript
 * never has.
 */
const floats =
  /^(\s*"(?:initializer_(?:factor|range)|routed_scaling_factor|rope_theta|(?:low_freq_|high_freq_|attention_)?factor|beta_(?:fast|slow)|mscale(?:_all_dim)?|final_logit_softcapping|\w*dropout\w*|\w*_eps(?:ilon)?)": -?\d+)(,?)$/gm;

/** The text of a config.json that transformers reads. */
export const configText = (config: Readonly<Record<string, unknown>>): string =>
  `${JSON.stringify(config, null, 2).replace(floats, "$1.0$2")}\n`;
