/** A record with the same names, every value mapped. */
export function mapRecord<Name extends string, From, To>(
  from: Readonly<Record<Name, From>>,
  map: (value: From, name: Name) => To,
): Readonly<Record<Name, To>> {
  const entries = Object.entries<From>(from).map(([name, value]) => [
    name,
    map(value, name as Name),
  ]);
  return Object.fromEntries(entries) as Record<Name, To>;
}
