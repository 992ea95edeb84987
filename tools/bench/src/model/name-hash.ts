/** The stream of a parameter's initial values: FNV-1a of its name's bytes, so that engines agree without a list. */
export const nameHash = (name: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
};
