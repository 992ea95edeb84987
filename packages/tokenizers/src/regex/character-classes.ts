/** `\s` of Oniguruma and Rust: has U+0085, lacks U+FEFF. As items of a JS class. */
export const space = "\\p{White_Space}";

const wordInClass = "\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}";

/** `\w` of Oniguruma by itself: it has the small digits and fractions of Latin-1, which `[\w]` lacks. */
export const word: string = `${wordInClass}\\xb2\\xb3\\xb9\\xbc-\\xbe`;

/** `\w` of Rust's regex, which has the two join controls too. */
export const rustWord: string = `${wordInClass}\\u200c\\u200d`;

const escapes: ReadonlyMap<string, string> = new Map([
  ["s", space],
  ["S", "\\P{White_Space}"],
  ["d", "\\p{Nd}"],
  ["D", "\\P{Nd}"],
  ["w", wordInClass],
  ["W", `[^${wordInClass}]`],
  ["h", "0-9a-fA-F"],
  ["H", "[^0-9a-fA-F]"],
]);

/** Items for the escape `\letter` in a class; undefined for other letters. */
export const escapedClass = (letter: string): string | undefined => escapes.get(letter);

const named: ReadonlyMap<string, string> = new Map([
  ["alpha", "\\p{Alphabetic}"],
  ["digit", "\\p{Nd}"],
  ["alnum", "\\p{Alphabetic}\\p{Nd}"],
  ["upper", "\\p{Uppercase}"],
  ["lower", "\\p{Lowercase}"],
  ["space", space],
  ["blank", "\\p{Zs}\\t"],
  ["cntrl", "\\p{Cc}"],
  ["punct", "\\p{P}\\p{S}"],
  ["graph", "[^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]"],
  ["print", "[[^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]\\p{Zs}]"],
  ["xdigit", "0-9a-fA-F"],
  ["word", wordInClass],
  ["ascii", "\\0-\\x7f"],
  ["any", "\\0-\\u{10ffff}"],
]);

/** Items for a name in `[[:name:]]` or `\p{name}` that is not a Unicode property of that name in JS. */
export const namedClass = (name: string): string | undefined =>
  named.get(name.toLowerCase().replace(/[ _-]/g, ""));

const isProperty = (name: string): boolean => {
  try {
    return new RegExp(`\\p{${name}}`, "u").test("a") || true;
  } catch {
    return false;
  }
};

const titled = (name: string): string =>
  name
    .toLowerCase()
    .split(/[ _-]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("_");

/** What JS calls the property `name`: a category, a script or a binary property; undefined if it has none. */
export const unicodeProperty = (name: string): string | undefined => {
  if (!/^[\w =-]+$/.test(name)) return undefined;
  const spellings = [name, titled(name)];
  return [...spellings, ...spellings.map((spelling) => `Script=${spelling}`)].find(isProperty);
};
