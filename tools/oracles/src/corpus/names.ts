const locales =
  "ar bn cs de el es fa fi fr he hi hu hy id it ja ka km ko lo my ne pl pt ru si sw ta te th tr uk ur vi zh zh-Hant am gu kn ml mr pa bo chr cy ga is lt yue".split(
    " ",
  );

const letters = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
const codes = letters.flatMap((a) => letters.map((b) => a + b));

const namesOf = (locale: string, type: "region" | "language"): readonly string[] => {
  const names = new Intl.DisplayNames([locale], { type, fallback: "none" });
  return codes.flatMap((code) => names.of(type === "language" ? code.toLowerCase() : code) ?? []);
};

const datesOf = (locale: string): readonly string[] => {
  const format = new Intl.DateTimeFormat(locale, {
    dateStyle: "full",
    timeStyle: "medium",
    timeZone: "UTC",
  });
  return Array.from({ length: 60 }, (_, i) => format.format(new Date(86_400_000 * i * 137.3)));
};

const pricesOf = (locale: string): readonly string[] => {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency: "EUR" });
  return Array.from({ length: 40 }, (_, i) => format.format(1234.5 * i * i));
};

/** Fifty languages in twenty-five scripts: countries, languages, dates and prices as the engine's CLDR has them, 0.6 MB. */
export const names = (): string =>
  locales
    .map((locale) =>
      [
        ...namesOf(locale, "region"),
        ...namesOf(locale, "language"),
        ...datesOf(locale),
        ...pricesOf(locale),
      ].join(", "),
    )
    .join("\n");
