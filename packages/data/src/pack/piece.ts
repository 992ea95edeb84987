/** A part of a document: `length` tokens of it from token `start` on. */
export type Piece = { readonly document: number; readonly start: number; readonly length: number };
