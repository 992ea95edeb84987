/** The character that a source such as `\u{61}` stands for; undefined for classes. */
const literalOf = (source: string): string | undefined => {
  const digits = /^\\u\{([0-9a-f]+)\}$/.exec(source)?.[1];
  return digits === undefined ? undefined : String.fromCodePoint(Number.parseInt(digits, 16));
};

const matcher = (source: string): RegExp => new RegExp(`^[${source}]$`, "v");

/** One bit for each code point that is in a set. */
const bitsOf = (source: string): Uint32Array => {
  const bits = new Uint32Array(0x110000 / 32);
  const regex = matcher(source);
  for (let code = 0; code < 0x110000; code++) {
    if (code === 0xd800) code = 0xe000;
    if (regex.test(String.fromCodePoint(code)))
      bits[code >> 5] = (bits[code >> 5] ?? 0) | (1 << (code & 31));
  }
  return bits;
};

/** Whether some character is in both of two sets, which are sources of JS classes. Exact: looks at every code point. */
export const setOverlap = (): ((left: string, right: string) => boolean) => {
  const known = new Map<string, Uint32Array>();
  const bits = (source: string): Uint32Array => {
    const found = known.get(source) ?? bitsOf(source);
    known.set(source, found);
    return found;
  };
  return (left, right) => {
    if (left === right) return true;
    const [one, other] = [literalOf(left), literalOf(right)];
    if (one !== undefined && other !== undefined) return one === other;
    if (one !== undefined) return matcher(right).test(one);
    if (other !== undefined) return matcher(left).test(other);
    const [these, those] = [bits(left), bits(right)];
    return these.some((word, at) => (word & (those[at] ?? 0)) !== 0);
  };
};
