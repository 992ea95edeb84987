const rotations = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

const round = (count: number): string =>
  `  a += b; b = ((b << ${count}u) | (b >> ${32 - count}u)) ^ a;`;

const group = (i: number): string => {
  const keys = ["k0", "k1", "k2"];
  const rounds = (rotations[i % 2] ?? rotations[0]).map(round);
  return [...rounds, `  a += ${keys[(i + 1) % 3]}; b += ${keys[(i + 2) % 3]} + ${i + 1}u;`].join(
    "\n",
  );
};

/** The Threefry-2x32 hash with 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). */
export const threefry: Readonly<Record<string, string>> = {
  adj_threefry: `fn adj_threefry(k0: u32, k1: u32, x0: u32, x1: u32) -> vec2<u32> {
  let k2 = k0 ^ k1 ^ 0x1bd11bdau;
  var a = x0 + k0;
  var b = x1 + k1;
${[0, 1, 2, 3, 4].map(group).join("\n")}
  return vec2<u32>(a, b);
}`,
};
