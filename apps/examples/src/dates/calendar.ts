/** A day of the Gregorian calendar; months count from 1. */
export type Day = { readonly year: number; readonly month: number; readonly day: number };

/** Every day from 1950 to 2049, a hundred years, so that two figures of the year tell which one it is. */
export const allDays = (): readonly Day[] => {
  const [first, end] = [Date.UTC(1950, 0, 1), Date.UTC(2050, 0, 1)];
  return Array.from({ length: (end - first) / 86_400_000 }, (_, i) => {
    const date = new Date(first + i * 86_400_000);
    return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
  });
};

/** A number with zeros before it. */
export const padded = (n: number, width = 2): string => String(n).padStart(width, "0");

/** 1987-03-14: what everything is translated to. */
export const isoOf = ({ year, month, day }: Day): string =>
  `${padded(year, 4)}-${padded(month)}-${padded(day)}`;

/** 0 for Sunday. */
export const weekdayOf = ({ year, month, day }: Day): number =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay();
