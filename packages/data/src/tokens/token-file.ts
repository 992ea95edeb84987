import type { ByteSource } from "../sources/byte-source.ts";

/** A file of tokens: any source of bytes, and what frees it where it is held open. */
export type TokenFile = ByteSource & { readonly close?: () => Promise<void> };
