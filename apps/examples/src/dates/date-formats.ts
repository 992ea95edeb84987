import { type Day, padded, weekdayOf } from "./calendar.ts";

const english =
  "January February March April May June July August September October November December";
const german = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember";
const french =
  "janvier février mars avril mai juin juillet août septembre octobre novembre décembre";
const spanish =
  "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre";
const roman = "I II III IV V VI VII VIII IX X XI XII";
const weekdays = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday";

const nth = (words: string, n: number): string => words.split(" ")[n] ?? "";
const month = (day: Day, words = english): string => nth(words, day.month - 1);
const shortMonth = (day: Day): string => month(day).slice(0, 3);
const weekday = (day: Day): string => nth(weekdays, weekdayOf(day));
const shortYear = ({ year }: Day): string => padded(year % 100);

/** 1st, 2nd, 3rd, 4th, 11th. */
const ordinal = ({ day }: Day): string => {
  const isTeen = day > 10 && day < 14;
  return `${day}${isTeen ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th")}`;
};

/**
 * How people write dates. No text stands for two days: slashes come with the month first or the year in four figures, dots with
 * the day first, and two figures of a year are one of a hundred.
 */
export const dateFormats: readonly ((day: Day) => string)[] = [
  (d) => `${month(d)} ${d.day}, ${d.year}`,
  (d) => `${shortMonth(d)} ${d.day}, ${d.year}`,
  (d) => `${month(d)} ${ordinal(d)}, ${d.year}`,
  (d) => `${d.day} ${month(d)} ${d.year}`,
  (d) => `${d.day} ${shortMonth(d)} '${shortYear(d)}`,
  (d) => `the ${ordinal(d)} of ${month(d)} ${d.year}`,
  (d) => `${weekday(d).slice(0, 3)}, ${d.day} ${shortMonth(d)} ${d.year}`,
  (d) => `${weekday(d)}, ${month(d)} ${d.day}, ${d.year}`,
  (d) => `${padded(d.day)}-${shortMonth(d)}-${d.year}`,
  (d) => `${padded(d.month)}/${padded(d.day)}/${shortYear(d)}`,
  (d) => `${d.month}/${d.day}/${d.year}`,
  (d) => `${padded(d.day)}.${padded(d.month)}.${d.year}`,
  (d) => `${d.day}.${d.month}.${shortYear(d)}`,
  (d) => `${d.day}. ${month(d, german)} ${d.year}`,
  (d) => `${d.day} ${month(d, french)} ${d.year}`,
  (d) => `${d.day} de ${month(d, spanish)} de ${d.year}`,
  (d) => `${d.day} ${month(d, roman)} ${d.year}`,
  (d) => `${d.year}/${padded(d.month)}/${padded(d.day)}`,
  (d) => `${d.year}${padded(d.month)}${padded(d.day)}`,
  (d) => `${d.year}年${d.month}月${d.day}日`,
];
