import {
  applyChatTemplate,
  chatTemplate,
  textTokenizer,
  tokenizerFromJson,
  trainBpe,
} from "@adjoint/tokenizers";

/** Uses the installed package a little; ends with its name. */
export const smoke = async (): Promise<string> => {
  const loaded = tokenizerFromJson(
    `{"model": {"type": "BPE", "vocab": {"h": 0, "i": 1, "hi": 2}, "merges": ["h i"]}}`,
  );
  if (loaded._tag === "Left") throw loaded.left;
  const ids = textTokenizer(loaded.right).encode("hihi");
  const spec = await trainBpe(["to be or not to be"], {
    vocabSize: 260,
    preTokenizer: { type: "ByteLevel", addPrefixSpace: false, trimOffsets: true, useRegex: true },
    ids: "bytesFirst",
  });
  const trained = textTokenizer(spec);
  const template = chatTemplate("{% for m in messages %}{{ m.content }}{% endfor %}");
  if (template._tag === "Left") throw template.left;
  const chat = applyChatTemplate(template.right, [{ role: "user", content: "be" }]);
  if (
    ids.join() !== "2,2" ||
    chat._tag === "Left" ||
    trained.decode(trained.encode(chat.right)) !== "be"
  )
    return "tokenizers gives other tokens";
  return "tokenizers works";
};
