import { AdjointError } from "@adjoint/core";
import {
  charTokenizer,
  charTokenizerFromJson,
  charTokenizerToJson,
  TokenizerFormatError,
  trainCharTokenizer,
  UnknownCharacterError,
  UnknownTokenError,
} from "@adjoint/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const text = fc.string({ unit: "binary", minLength: 1 });

const caught = (fn: () => unknown): unknown => {
  try {
    return fn();
  } catch (error) {
    return error;
  }
};

describe("encode and decode", () => {
  test("are inverse on any text the tokenizer was trained on", () => {
    fc.assert(
      fc.property(text, (t) => {
        const tokenizer = trainCharTokenizer(t);
        const ids = tokenizer.encode(t);
        expect(ids.length).toBe([...t].length);
        expect(Math.max(...ids)).toBeLessThan(tokenizer.vocabSize);
        expect(tokenizer.decode(ids)).toBe(t);
      }),
    );
  });

  test("the vocabulary is sorted by code point, not by UTF-16 unit", () => {
    // U+FF5E has a larger first unit than U+1F642, whose surrogates start with D83D
    expect(trainCharTokenizer("🙂～a🙂").vocab).toEqual(["a", "～", "🙂"]);
  });

  test("one id for a character outside the basic plane", () => {
    const tokenizer = trainCharTokenizer("🙂!");
    expect(Array.from(tokenizer.encode("🙂!🙂"))).toEqual([1, 0, 1]);
  });

  test("empty text and no ids", () => {
    const tokenizer = charTokenizer(["a"]);
    expect(tokenizer.encode("")).toEqual(new Int32Array());
    expect(tokenizer.decode([])).toBe("");
  });

  test("a value: frozen, and apart from the array it was made of", () => {
    const vocab = ["a", "b"];
    const tokenizer = charTokenizer(vocab);
    vocab[0] = "z";
    expect(tokenizer.decode([0])).toBe("a");
    expect(Object.isFrozen(tokenizer) && Object.isFrozen(tokenizer.vocab)).toBe(true);
  });
});

describe("what the vocabulary lacks", () => {
  test("a character is named with its place, counted in characters", () => {
    const error = caught(() => trainCharTokenizer("ab🙂\n").encode("a🙂\nb€a"));
    expect(error).toBeInstanceOf(UnknownCharacterError);
    expect(error).toBeInstanceOf(AdjointError);
    expect(error).toMatchObject({ character: "€", position: 4 });
    expect(String(error)).toContain('"€" (U+20AC) at position 4, line 2, column 2');
  });

  test.each([3, -1, 0.5, Number.NaN])("id %d is named with its place", (id) => {
    const error = caught(() => charTokenizer(["a", "b", "c"]).decode([0, id]));
    expect(error).toBeInstanceOf(UnknownTokenError);
    expect(error).toMatchObject({ id, position: 1 });
    expect(String(error)).toContain("ids must be whole numbers from 0 to 2");
  });
});

describe("vocabularies", () => {
  test.each([[["a", "a"]], [["ab"]], [[""]], [["e\u0301"]]])("%j is refused", (vocab) => {
    expect(() => charTokenizer(vocab)).toThrow(TokenizerFormatError);
  });

  test("training needs text", () => {
    expect(() => trainCharTokenizer("")).toThrow("needs a text with at least one character");
  });
});

describe("files", () => {
  test("what was saved is loaded, lone surrogates and quotes included", () => {
    fc.assert(
      fc.property(text, (t) => {
        const tokenizer = trainCharTokenizer(`${t}\ud800"\\`);
        const loaded = charTokenizerFromJson(charTokenizerToJson(tokenizer));
        expect(loaded._tag).toBe("Right");
        if (loaded._tag === "Right") expect(loaded.right.vocab).toEqual(tokenizer.vocab);
      }),
    );
  });

  test.each([
    ["", "needs JSON text"],
    ['{"type":"adjoint/char-tokenizer","version":1,"vocab":["a"', "needs JSON text"],
    ["null", 'type must be "adjoint/char-tokenizer"'],
    ["[]", "type must be"],
    ['{"type":"bpe"}', 'got "bpe"'],
    ['{"type":"adjoint/char-tokenizer","version":2,"vocab":["a"]}', "version must be 1, got 2"],
    ['{"type":"adjoint/char-tokenizer","version":1}', "vocab must be an array of strings"],
    [
      '{"type":"adjoint/char-tokenizer","version":1,"vocab":[1]}',
      "vocab must be an array of strings",
    ],
    ['{"type":"adjoint/char-tokenizer","version":1,"vocab":["a","a"]}', "a character twice"],
  ])("%s is a Left that says why", (json, message) => {
    const loaded = charTokenizerFromJson(json);
    expect(loaded._tag).toBe("Left");
    if (loaded._tag === "Left") {
      expect(loaded.left).toBeInstanceOf(TokenizerFormatError);
      expect(loaded.left.message).toContain(message);
    }
  });
});
