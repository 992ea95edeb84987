import PostalMime from "postal-mime";

/** The body of an e-mail as text, or as HTML when it has no text. */
export type EmailBody = { readonly kind: "text" | "html"; readonly text: string };

/** Headers that e-mails begin with, and the separator line of mailbox files. */
const start =
  /^(From \S+ {1,2}\w{3} \w{3}|(Return-Path|Received|Delivered-To|Message-ID|From|Date|Subject|MIME-Version):)/i;

/** Whether bytes begin like an e-mail, whatever the file is called. */
export const isEmail = (bytes: Uint8Array): boolean =>
  start.test(new TextDecoder("latin1").decode(bytes.subarray(0, 200)));

/**
 * The subject and the body of an e-mail: MIME parts, transfer encodings and character sets undone by postal-mime, which
 * knows more of them than we would.
 */
export const readEmail = async (bytes: Uint8Array): Promise<EmailBody> => {
  const isMailbox = new TextDecoder("latin1").decode(bytes.subarray(0, 5)) === "From ";
  const message = isMailbox ? bytes.subarray(bytes.indexOf(10) + 1) : bytes;
  const { subject = "", text = "", html = "" } = await PostalMime.parse(message);
  if (text.trim() === "" && html !== "") return { kind: "html", text: html };
  return { kind: "text", text: subject === "" ? text : `${subject}\n\n${text}` };
};
