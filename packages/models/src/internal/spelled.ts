/** A path as code spells it: `blocks[3].attention.q.kernel`. */
export const spelled = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
