import { bytesField, floatField, intField, joinBytes, textField } from "../protobuf/writer.ts";
import { algorithms, pieceTypes, type SentencePiece, type SentencePieceModel } from "./model.ts";

const codeOf = <A>(names: readonly (readonly [number, A])[], name: A): number =>
  names.find(([, known]) => known === name)?.[0] ?? 1;

const pieceBytes = ({ piece, score, type }: SentencePiece): Uint8Array =>
  joinBytes([
    textField(1, piece),
    floatField(2, score),
    ...(type === "normal" ? [] : [intField(3, codeOf(pieceTypes, type))]),
  ]);

const trainerBytes = (model: SentencePieceModel): Uint8Array =>
  joinBytes([
    intField(3, codeOf(algorithms, model.algorithm)),
    intField(24, model.whitespaceAsSuffix),
    intField(35, model.byteFallback),
    intField(40, model.unkId),
    intField(41, model.bosId),
    intField(42, model.eosId),
    intField(43, model.padId),
    textField(44, model.unkSurface),
    model.rest.trainer,
  ]);

const normalizerBytes = ({ normalizer, rest }: SentencePieceModel): Uint8Array =>
  joinBytes([
    textField(1, normalizer.name),
    bytesField(2, normalizer.charsmap),
    intField(3, normalizer.addDummyPrefix),
    intField(4, normalizer.removeExtraWhitespaces),
    intField(5, normalizer.escapeWhitespaces),
    rest.normalizer,
  ]);

/** The bytes of a SentencePiece `.model` file, for `sentencePieceFromBytes` and for SentencePiece itself. */
export const sentencePieceToBytes = (model: SentencePieceModel): Uint8Array =>
  joinBytes([
    ...model.pieces.map((piece) => bytesField(1, pieceBytes(piece))),
    bytesField(2, trainerBytes(model)),
    bytesField(3, normalizerBytes(model)),
    model.rest.model,
  ]);
