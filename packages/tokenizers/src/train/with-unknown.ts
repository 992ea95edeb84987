/** The special tokens, the unknown token before them unless it is among them. */
export const withUnknown = (
  specialTokens: readonly string[] | undefined,
  unkToken: string | undefined,
): readonly string[] => {
  const tokens = specialTokens ?? [];
  return unkToken === undefined || tokens.includes(unkToken) ? tokens : [unkToken, ...tokens];
};
