const OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

const V4 = new RegExp(`(?<![\\w.])(?:${OCTET}\\.){3}${OCTET}(?![\\w]|\\.\\d)`, "g");

const V6 = /(?<![\w:.])(?:[\da-fA-F]{1,4}|:)(?::{1,2}[\da-fA-F]{1,4}){1,7}(?:::)?(?![\w:])/g;

const inRange = (value: number, base: number, bits: number): boolean =>
  Math.floor(value / 2 ** (32 - bits)) === Math.floor(base / 2 ** (32 - bits));

const v4 = (a: number, b = 0, c = 0): number => a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8;

/** Ranges that lead to nobody's home (IANA special-purpose registry), as Python's `ipaddress` has them. */
const NOT_GLOBAL: readonly (readonly [number, number])[] = [
  [v4(0), 8],
  [v4(10), 8],
  [v4(100, 64), 10],
  [v4(127), 8],
  [v4(169, 254), 16],
  [v4(172, 16), 12],
  [v4(192, 0, 0), 24],
  [v4(192, 0, 2), 24],
  [v4(192, 168), 16],
  [v4(198, 18), 15],
  [v4(198, 51, 100), 24],
  [v4(203, 0, 113), 24],
  [v4(240), 4],
];

const isGlobalV4 = (address: string): boolean => {
  const value = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return !NOT_GLOBAL.some(([base, bits]) => inRange(value, base, bits));
};

/** The eight groups of an address, undefined when it is none. */
const groupsOf = (address: string): readonly number[] | undefined => {
  const halves = address.split("::");
  const [head = [], tail = []] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const given = head.length + tail.length;
  const fits = halves.length === 1 ? given === 8 : halves.length === 2 && given <= 7;
  if (!fits || [...head, ...tail].some((group) => !/^[\da-f]{1,4}$/i.test(group))) return undefined;
  const zeros = Array.from({ length: 8 - given }, () => "0");
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
};

/** Global unicast, 2000::/3, but for documentation (2001:db8::/32). */
const isGlobalV6 = (groups: readonly number[]): boolean => {
  const [first = 0, second = 0] = groups;
  return first >= 0x2000 && first < 0x4000 && !(first === 0x2001 && second === 0xdb8);
};

/** Replaces IP addresses, those of the public network alone when `publicOnly`. */
export const replaceIps = (
  text: string,
  publicOnly: boolean,
  replace: (ip: string) => string,
): string =>
  text
    .replace(V4, (address) => (publicOnly && !isGlobalV4(address) ? address : replace(address)))
    .replace(V6, (address) => {
      const groups = groupsOf(address);
      if (groups === undefined || (publicOnly && !isGlobalV6(groups))) return address;
      // "a::b" is C++ more often than an address.
      return publicOnly || /\d/.test(address) ? replace(address) : address;
    });
