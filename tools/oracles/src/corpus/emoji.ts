const pictographs = (): readonly string[] => {
  const found: string[] = [];
  for (let code = 0x2000; code < 0x20000; code++) {
    const character = String.fromCodePoint(code);
    if (/\p{Extended_Pictographic}/u.test(character) && /\p{Assigned}/u.test(character))
      found.push(character);
  }
  return found;
};

const joiner = "\u200D";
const variation = "\uFE0F";
const tones = Array.from({ length: 5 }, (_, i) => String.fromCodePoint(0x1f3fb + i));

const flags = Array.from("ADEFGIJKLMNPRSTU", (letter) =>
  String.fromCodePoint(0x1f1e6 + letter.charCodeAt(0) - 65, 0x1f1e6 + 4),
);

/** Emoji alone, with presentation selectors and skin tones, in families and flags, between words; 0.15 MB. */
export const emoji = (): string =>
  pictographs()
    .flatMap((picture, i) => [
      picture,
      `${picture}${variation} word`,
      ...tones.map((tone) => picture + tone),
      `${picture}${joiner}❤${variation}${joiner}${picture}`,
      `${picture}${picture}${picture} 1${variation}⃣ ${flags[i % flags.length] ?? ""}`,
    ])
    .join(" ");
