const days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const months =
  "January February March April May June July August September October November December".split(
    " ",
  );

const two = (n: number): string => String(n).padStart(2, "0");

const dayOfYear = (date: Date): number =>
  Math.round(
    (Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) -
      Date.UTC(date.getFullYear(), 0, 1)) /
      86_400_000,
  ) + 1;

const directives: ReadonlyMap<string, (date: Date) => string> = new Map<
  string,
  (date: Date) => string
>([
  ["a", (date) => (days[date.getDay()] ?? "").slice(0, 3)],
  ["A", (date) => days[date.getDay()] ?? ""],
  ["b", (date) => (months[date.getMonth()] ?? "").slice(0, 3)],
  ["B", (date) => months[date.getMonth()] ?? ""],
  ["d", (date) => two(date.getDate())],
  ["H", (date) => two(date.getHours())],
  ["I", (date) => two(date.getHours() % 12 || 12)],
  ["j", (date) => String(dayOfYear(date)).padStart(3, "0")],
  ["m", (date) => two(date.getMonth() + 1)],
  ["M", (date) => two(date.getMinutes())],
  ["p", (date) => (date.getHours() < 12 ? "AM" : "PM")],
  ["S", (date) => two(date.getSeconds())],
  ["y", (date) => two(date.getFullYear() % 100)],
  ["Y", (date) => String(date.getFullYear())],
  ["%", () => "%"],
]);

/** A local date as Python's strftime writes it in English; directives that no template uses stay as they are. */
export const strftime = (date: Date, format: string): string =>
  format.replace(/%(.)/g, (whole, directive: string) => directives.get(directive)?.(date) ?? whole);
