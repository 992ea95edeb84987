/** The first line of an error, short enough for a table. */
export const firstLine = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0]?.slice(0, 160) ?? "";
};
