/** One engine's line: numbers by name, or why there are none. */
export type Row = Readonly<Record<string, string | number | boolean | undefined>>;

const cell = (value: Row[string]): string => {
  if (value === undefined) return "";
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) ? value.toLocaleString("en") : value.toPrecision(4);
};

const last = ["absent", "reason", "failed"];

/** Every name with a value but the two in the title; what went wrong comes last. */
const columnsOf = (rows: readonly Row[]): string[] => {
  const names = [
    ...new Set(rows.flatMap((row) => Object.keys(row).filter((name) => row[name] !== undefined))),
  ];
  const shown = names.filter((name) => name !== "bench" && name !== "config");
  return [
    ...shown.filter((name) => !last.includes(name)),
    ...shown.filter((name) => last.includes(name)),
  ];
};

const table = (rows: readonly Row[]): string => {
  const columns = columnsOf(rows);
  const cells = [columns, ...rows.map((row) => columns.map((name) => cell(row[name])))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  return cells
    .map((line) =>
      line
        .map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
        .join("  "),
    )
    .join("\n");
};

/** Prints the rows: one JSON object a line with --json, a table otherwise. */
export const report = (title: string, rows: readonly Row[], json: boolean): void => {
  if (json) for (const row of rows) console.log(JSON.stringify(row));
  else console.log(`\n${title}\n${table(rows)}`);
};
