/** A part of a message that is not only text, such as `{ type: "image" }`; templates say what they take. */
export type ChatContentPart = { readonly type: string; readonly [field: string]: unknown };

/** One message of a conversation; templates may read further fields, such as `tool_calls` or `reasoning_content`. */
export type ChatMessage = {
  readonly role: string;
  readonly content?: string | readonly ChatContentPart[] | null;
  readonly [field: string]: unknown;
};
