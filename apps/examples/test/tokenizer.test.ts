import { expect, test } from "vitest";
import { shakespeareTokenizer } from "../src/tokenizer.ts";

test("learns the words of Shakespeare", async () => {
  const { tokenizer, bytesPerToken, longest, answer } = await shakespeareTokenizer();
  expect(tokenizer.vocabSize).toBe(1024);
  expect(bytesPerToken).toBeGreaterThan(2.2);
  expect(longest).toContain("GLOUCESTER");
  expect(answer).toBe("That is the question.<|end|>");
  for (const text of ["", "Thou 🙂\n\n  naïve\u0000", "<|end|>"])
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
});
