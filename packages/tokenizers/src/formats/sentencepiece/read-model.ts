import type { Either } from "@adjoint/core/either";
import { TokenizerFormatError } from "../../errors.ts";
import {
  bytesOf,
  fieldsOf,
  floatOf,
  intOf,
  messageOf,
  type ProtoField,
  type Span,
  textOf,
  wrongByte,
} from "../protobuf/reader.ts";
import { joinBytes } from "../protobuf/writer.ts";
import { reading } from "../reading.ts";
import {
  algorithms,
  pieceTypes,
  type SentencePiece,
  type SentencePieceModel,
  type SentencePieceNormalizer,
} from "./model.ts";

const operation = "sentencePieceFromBytes";

type Mutable<A> = { -readonly [key in keyof A]: A[key] };

const named = <A>(
  message: Span,
  field: ProtoField,
  names: readonly (readonly [number, A])[],
): A => {
  const code = intOf(message, field);
  const found = names.find(([number]) => number === code);
  if (found === undefined)
    throw wrongByte(
      message,
      field.at,
      `field ${field.number} must be from 1 to ${names.length}`,
      String(code),
    );
  return found[1];
};

const raw = (message: Span, field: ProtoField): Uint8Array =>
  message.bytes.slice(field.at, field.end);

const pieceOf = (span: Span): SentencePiece => {
  const piece: Mutable<SentencePiece> = { piece: "", score: 0, type: "normal" };
  for (const field of fieldsOf(span)) {
    if (field.number === 1) piece.piece = textOf(span, field);
    else if (field.number === 2) piece.score = floatOf(span, field);
    else if (field.number === 3) piece.type = named(span, field, pieceTypes);
  }
  if (!Number.isFinite(piece.score))
    throw wrongByte(span, span.start, "a score must be finite", String(piece.score));
  return piece;
};

type Trainer = Pick<
  SentencePieceModel,
  | "algorithm"
  | "byteFallback"
  | "whitespaceAsSuffix"
  | "unkId"
  | "bosId"
  | "eosId"
  | "padId"
  | "unkSurface"
> & { readonly rest: Uint8Array };

/** What the format means where a field is missing. */
const trainerDefaults: Trainer = {
  algorithm: "unigram",
  byteFallback: false,
  whitespaceAsSuffix: false,
  unkId: 0,
  bosId: 1,
  eosId: 2,
  padId: -1,
  unkSurface: " ⁇ ",
  rest: new Uint8Array(),
};

const trainerOf = (span: Span): Trainer => {
  const trainer: Mutable<Trainer> = { ...trainerDefaults };
  const rest: Uint8Array[] = [];
  for (const field of fieldsOf(span)) {
    if (field.number === 3) trainer.algorithm = named(span, field, algorithms);
    else if (field.number === 35) trainer.byteFallback = intOf(span, field) !== 0;
    else if (field.number === 24) trainer.whitespaceAsSuffix = intOf(span, field) !== 0;
    else if (field.number === 40) trainer.unkId = intOf(span, field);
    else if (field.number === 41) trainer.bosId = intOf(span, field);
    else if (field.number === 42) trainer.eosId = intOf(span, field);
    else if (field.number === 43) trainer.padId = intOf(span, field);
    else if (field.number === 44) trainer.unkSurface = textOf(span, field);
    else rest.push(raw(span, field));
  }
  return { ...trainer, rest: joinBytes(rest) };
};

type Normalizer = SentencePieceNormalizer & { readonly rest: Uint8Array };

const normalizerDefaults: Normalizer = {
  name: "",
  charsmap: new Uint8Array(),
  addDummyPrefix: true,
  removeExtraWhitespaces: true,
  escapeWhitespaces: true,
  rest: new Uint8Array(),
};

const normalizerOf = (span: Span): Normalizer => {
  const normalizer: Mutable<Normalizer> = { ...normalizerDefaults };
  const rest: Uint8Array[] = [];
  for (const field of fieldsOf(span)) {
    if (field.number === 1) normalizer.name = textOf(span, field);
    else if (field.number === 2) normalizer.charsmap = bytesOf(span, field);
    else if (field.number === 3) normalizer.addDummyPrefix = intOf(span, field) !== 0;
    else if (field.number === 4) normalizer.removeExtraWhitespaces = intOf(span, field) !== 0;
    else if (field.number === 5) normalizer.escapeWhitespaces = intOf(span, field) !== 0;
    else rest.push(raw(span, field));
  }
  return { ...normalizer, rest: joinBytes(rest) };
};

const modelOf = (span: Span): SentencePieceModel => {
  const pieces: SentencePiece[] = [];
  const rest: Uint8Array[] = [];
  let trainer = trainerDefaults;
  let normalizer = normalizerDefaults;
  for (const field of fieldsOf(span)) {
    if (field.number === 1) pieces.push(pieceOf(messageOf(span, field)));
    else if (field.number === 2) trainer = trainerOf(messageOf(span, field));
    else if (field.number === 3) normalizer = normalizerOf(messageOf(span, field));
    else rest.push(raw(span, field));
  }
  const { rest: ofTrainer, ...trained } = trainer;
  const { rest: ofNormalizer, ...normalizing } = normalizer;
  return {
    ...trained,
    pieces,
    normalizer: normalizing,
    rest: { trainer: ofTrainer, normalizer: ofNormalizer, model: joinBytes(rest) },
  };
};

const complain = (rule: string, got: string): TokenizerFormatError =>
  new TokenizerFormatError({ operation, rule, got });

const check = (model: SentencePieceModel): SentencePieceModel => {
  const seen = new Map<string, number>();
  for (const [id, { piece }] of model.pieces.entries()) {
    const other = seen.get(piece);
    if (piece === "" || other !== undefined)
      throw complain(
        "every piece must be a text of its own",
        other === undefined
          ? `piece ${id}, which is empty`
          : `${JSON.stringify(piece)} as pieces ${other} and ${id}`,
      );
    seen.set(piece, id);
  }
  const unknown = model.pieces.filter(({ type }) => type === "unknown").length;
  if (unknown !== 1) throw complain("one piece must be the unknown one", String(unknown));
  return model;
};

/**
 * A SentencePiece `.model` file as data, or what is wrong with it and at which byte. The work is bounded by the size of the
 * file. Source: https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
 */
export const sentencePieceFromBytes = (
  bytes: Uint8Array,
): Either<TokenizerFormatError, SentencePieceModel> =>
  reading(() => check(modelOf({ operation, bytes, start: 0, end: bytes.length })));
