import { horner } from "../horner.ts";

/** Binary digits of 2 / pi behind the point, 32 a word, with 32 zeros in front. */
const twoOverPi =
  "0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu";

/**
 * Sine, cosine and tangent. Arguments below 100 are reduced by multiples of pi / 2 in three parts, whose products with
 * up to 64 are exact (Cody and Waite, 1980); others by integer arithmetic with the digits of 2 / pi (Payne and Hanek, "Radian
 * reduction for trigonometric functions", 1983), so that the whole range is accurate. Polynomials are minimax fits.
 */
export const trigonometric: Readonly<Record<string, string>> = {
  adj_Angle: `struct adj_Angle {
  r: f32,
  quadrant: i32,
}`,
  // upper 32 bits of the product of a number of 24 bits with one of 32
  adj_high_product: `fn adj_high_product(m: u32, w: u32) -> u32 {
  let a = (m & 0xffffu) * (w & 0xffffu);
  let b = (m >> 16u) * (w & 0xffffu) + (a >> 16u);
  let c = (m & 0xffffu) * (w >> 16u) + (b & 0xffffu);
  return (m >> 16u) * (w >> 16u) + (b >> 16u) + (c >> 16u);
}`,
  // x = m 2^e, and digits of 2 / pi worth a multiple of 4 turns by pi / 2 left out: 2 bits of quadrant, 62 of fraction
  adj_reduce_large: `fn adj_reduce_large(x: f32) -> adj_Angle {
  var digits = array<u32, 8>(${twoOverPi});
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  let m = (bits & 0x7fffffu) | 0x800000u;
  let place = min(bits >> 23u, 254u) - 120u;
  let i = place >> 5u;
  let s = place & 31u;
  let w0 = (digits[i] << s) | ((digits[i + 1u] >> 1u) >> (31u - s));
  let w1 = (digits[i + 1u] << s) | ((digits[i + 2u] >> 1u) >> (31u - s));
  let w2 = (digits[i + 2u] << s) | ((digits[i + 3u] >> 1u) >> (31u - s));
  let low = m * w1 + adj_high_product(m, w2);
  let high = m * w0 + adj_high_product(m, w1) + select(0u, 1u, low < m * w1);
  let up = (high >> 29u) & 1u;
  let turns = i32(((high >> 30u) + up) & 3u);
  let flip = 0u - up;
  let fraction_low = ((low << 2u) ^ flip) + up;
  let carry = select(0u, up, fraction_low == 0u);
  let fraction = ((((high << 2u) | (low >> 30u)) ^ flip) + carry);
  let lead = countLeadingZeros(fraction);
  let shifted = (fraction << (lead & 31u)) | ((fraction_low >> 1u) >> (31u - (lead & 31u)));
  let top = select(shifted, fraction_low, lead > 31u);
  let size = f32(top >> 1u) * bitcast<f32>((96u - lead) << 23u) * 1.57079637;
  let negative = bitcast<u32>(x) >= 0x80000000u;
  return adj_Angle(select(size, -size, (up == 1u) != negative), select(turns, -turns, negative));
}`,
  adj_reduce: `fn adj_reduce(x: f32) -> adj_Angle {
  if (abs(x) > 100.0) {
    let angle = adj_reduce_large(x);
    return adj_Angle(select(adj_nan(), angle.r, adj_is_finite(x)), angle.quadrant);
  }
  let n = round(x * 0.636619772);
  let k = i32(n);
  let r = ((x - n * 1.5707855224609375) - f32(k) * 1.0804273188114166e-5) - f32(k) * 6.0771006282767104e-11;
  return adj_Angle(select(r, x, k == 0), k);
}`,
  adj_sin_core: `fn adj_sin_core(r: f32) -> f32 {
  let z = r * r;
  return r + r * z * ${horner("z", [-0.166666552, 0.00833218917, -0.000195182845])};
}`,
  adj_cos_core: `fn adj_cos_core(r: f32) -> f32 {
  let z = r * r;
  return (1.0 - 0.5 * z) + z * z * ${horner("z", [0.0416666456, -0.00138873106, 2.44325638e-5])};
}`,
  adj_sin: `fn adj_sin(x: f32) -> f32 {
  let angle = adj_reduce(x);
  let y = select(adj_sin_core(angle.r), adj_cos_core(angle.r), (angle.quadrant & 1) == 1);
  return select(select(y, -y, (angle.quadrant & 2) == 2), x, abs(x) < 1e-4);
}`,
  adj_cos: `fn adj_cos(x: f32) -> f32 {
  let angle = adj_reduce(x);
  let y = select(adj_cos_core(angle.r), adj_sin_core(angle.r), (angle.quadrant & 1) == 1);
  return select(y, -y, ((angle.quadrant + 1) & 2) == 2);
}`,
  adj_tan: `fn adj_tan(x: f32) -> f32 {
  let angle = adj_reduce(x);
  let z = angle.r * angle.r;
  let y = angle.r + angle.r * z * ${horner(
    "z",
    [
      0.333333492, 0.133326754, 0.0540589057, 0.0212862995, 0.0108270664, 9.88919273e-5,
      0.00437230291,
    ],
  )};
  return select(y, -1.0 / y, (angle.quadrant & 1) == 1);
}`,
};
