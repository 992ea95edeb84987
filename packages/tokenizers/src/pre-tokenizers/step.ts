import type { AlignedText } from "../text/aligned-text.ts";

/** Takes a piece that is not empty. */
export type EmitPiece = (piece: AlignedText) => void;

/** One step of pre-tokenization: hands the pieces of a piece on, in order. */
export type Step = (piece: AlignedText, emit: EmitPiece) => void;
