import fc from "fast-check";

const unit = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xff }) },
  { weight: 1, arbitrary: fc.integer({ min: 0xd800, max: 0xdfff }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[..." \n\r\t\u00a0\u200b\ufeff.@<>&;/-"].map((c) => c.charCodeAt(0)),
    ),
  },
);

/** Any sequence of code units: mostly ASCII, with control characters and lone surrogates among it. */
export const anyString = (maxLength = 200): fc.Arbitrary<string> =>
  fc.array(unit, { maxLength }).map((units) => String.fromCharCode(...units));
