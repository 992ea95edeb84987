/** A path as code spells it: `blocks[3].attention.q.kernel`. */
export const spelled = (path: readonly PropertyKey[]): string => {
  let text = "";
  for (const part of path)
    text += typeof part === "number" ? `[${part}]` : `${text === "" ? "" : "."}${String(part)}`;
  return text;
};
