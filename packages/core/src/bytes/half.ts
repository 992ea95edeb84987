const powers = /* @__PURE__ */ Float64Array.from({ length: 32 }, (_, e) => 2 ** (e - 25));

/** Value of IEEE 754 binary16 bits. */
export const fromFloat16Bits = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  const whole = exponent === 0 ? fraction : fraction + 1024;
  return sign * whole * (powers[Math.max(exponent, 1)] ?? 0);
};
