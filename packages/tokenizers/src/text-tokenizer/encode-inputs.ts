import { encodeText, type EncodingParts } from "../encode/encode-text.ts";
import type { EncodeSection } from "../encode/encode-ids.ts";
import { padEncoding, paddedLength, padIds } from "../encode/pad.ts";
import {
  truncatedLengths,
  truncateEncoding,
  truncateIds,
  truncationFor,
} from "../encode/truncate.ts";
import { emptyEncoding } from "../encode/join-encodings.ts";
import type { Encoding } from "../encoding.ts";
import { IdBuffer } from "../models/id-buffer.ts";
import { layOutEncodings, layOutIds } from "../post-processors/lay-out.ts";
import {
  type Layout,
  type PostProcessor,
  specialCount,
  withoutSpecial,
} from "../post-processors/layout.ts";
import { trimOffsets } from "../post-processors/trim-offsets.ts";
import type { PaddingSpec, TokenizerSpec, TruncationSpec } from "../spec/tokenizer-spec.ts";
import type { EncodeInput, EncodeOptions } from "../text-tokenizer.ts";
import { wellFormed } from "../text/well-formed.ts";

/** What encoding needs. */
export type EncodingMachine = EncodingParts & {
  readonly spec: TokenizerSpec;
  readonly encodeSection: EncodeSection;
  /** Whether ids depend on offsets into the original, so that they must be tracked even if only ids are wanted. */
  readonly needsTracking: boolean;
  readonly postProcessor: PostProcessor;
};

type Settings = {
  readonly skipSpecial: boolean;
  readonly layout: Layout;
  readonly truncation: TruncationSpec | undefined;
  readonly padding: PaddingSpec | undefined;
};

const settingsOf = (
  { spec, postProcessor }: EncodingMachine,
  isPair: boolean,
  options: EncodeOptions,
): Settings => {
  const whole = isPair ? postProcessor.pair : postProcessor.single;
  const layout = (options.addSpecialTokens ?? true) ? whole : withoutSpecial(whole);
  const truncation = options.truncation ?? spec.truncation ?? false;
  const padding = options.padding ?? spec.padding ?? false;
  return {
    skipSpecial: options.specialTokensInText === "none",
    layout,
    truncation: truncation === false ? undefined : truncationFor(truncation, specialCount(layout)),
    padding: padding === false ? undefined : padding,
  };
};

const textsOf = (input: EncodeInput): readonly string[] =>
  typeof input === "string" ? [wellFormed(input)] : input.map(wellFormed);

const idsOf = (machine: EncodingMachine, text: string, skipSpecial: boolean): Int32Array => {
  const out = new IdBuffer(text.length >> 2);
  machine.sections(text, skipSpecial, machine.needsTracking, (section, token) => {
    if (token === undefined) machine.encodeSection(section, out);
    else out.push(token.id);
  });
  return out.toArray();
};

/** The ids of a text or a pair. */
export const encodeToIds = (
  machine: EncodingMachine,
  input: EncodeInput,
  options: EncodeOptions,
): Int32Array => {
  const texts = textsOf(input);
  const { skipSpecial, layout, truncation, padding } = settingsOf(
    machine,
    texts.length > 1,
    options,
  );
  let ids = texts.map((text) => idsOf(machine, text, skipSpecial));
  if (truncation !== undefined) {
    const lengths = truncatedLengths(ids[0]?.length ?? 0, ids[1]?.length, truncation);
    ids = ids.map((part, index) => truncateIds(part, lengths[index] ?? 0, truncation));
  }
  const whole = layOutIds(layout, ids);
  return padding === undefined
    ? whole
    : padIds(whole, paddedLength(whole.length, padding), padding);
};

const unpadded = (
  machine: EncodingMachine,
  input: EncodeInput,
  options: EncodeOptions,
): Encoding => {
  const texts = textsOf(input);
  const { skipSpecial, layout, truncation } = settingsOf(machine, texts.length > 1, options);
  let encodings = texts.map((text, index) =>
    encodeText(machine, text, skipSpecial, index === 0 ? 0 : 1),
  );
  if (truncation !== undefined) {
    const [first, second] = encodings.map(({ ids }) => ids.length);
    const lengths = truncatedLengths(first ?? 0, second, truncation);
    encodings = encodings.map((part, index) =>
      truncateEncoding(part, lengths[index] ?? 0, truncation),
    );
  }
  const trimmed = encodings.map((part, index) =>
    machine.postProcessor.trims.reduce(
      (encoding, addPrefixSpace) => trimOffsets(encoding, addPrefixSpace, texts[index] ?? ""),
      part,
    ),
  );
  return layOutEncodings(layout, trimmed);
};

/** Encodings of texts or pairs, padded to one length where padding is asked for. */
export const encodeAll = (
  machine: EncodingMachine,
  inputs: readonly EncodeInput[],
  options: EncodeOptions,
): readonly Encoding[] => {
  const encodings = inputs.map((input) => unpadded(machine, input, options));
  const padding = options.padding ?? machine.spec.padding ?? false;
  if (padding === false) return encodings;
  const longest = encodings.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  const length = paddedLength(longest, padding);
  return encodings.map((encoding) => padEncoding(encoding, length, padding));
};

/** The encoding of one text or pair. */
export const encodeOne = (
  machine: EncodingMachine,
  input: EncodeInput,
  options: EncodeOptions,
): Encoding => encodeAll(machine, [input], options)[0] ?? emptyEncoding;
