/** A number with three digits and a prefix: `1.23 M`. */
export const short = (n: number): string => {
  const prefixes = ["", " k", " M", " G", " T"];
  const power = Math.min(4, Math.max(0, Math.floor(Math.log10(Math.max(1, n)) / 3)));
  const scaled = n / 1000 ** power;
  const digits = Number.isInteger(scaled) ? String(scaled) : scaled.toPrecision(3);
  return `${digits}${prefixes[power] ?? ""}`;
};

/** A number of bytes: `1.23 MB`. */
export const shortBytes = (n: number): string => {
  const text = short(n);
  return text.includes(" ") ? `${text}B` : `${text} B`;
};

/** Rows as lines of aligned columns; the first row is the head. Columns named in `left` start at the left. */
export const columns = (rows: readonly (readonly string[])[], left: readonly number[]): string => {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const cell = (text: string, i: number): string =>
    left.includes(i) ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
};
