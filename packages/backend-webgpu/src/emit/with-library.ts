import { libraryIn, libraryOf } from "../wgsl/elementwise.ts";

/** WGSL with the library functions that it calls in front. */
export const withLibrary = (code: string): string => `${libraryOf(libraryIn(code))}\n${code}`;
