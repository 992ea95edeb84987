import { Tokenizer } from "htmlparser2";
import type { Attributes } from "./element-facts.ts";

/** What a page is made of, in order. */
export type TagHandler = {
  readonly open: (tag: string, attributes: Attributes) => void;
  readonly close: (tag: string) => void;
  readonly text: (text: string) => void;
};

const KEPT = new Set([
  "class",
  "id",
  "style",
  "hidden",
  "aria-hidden",
  "role",
  "href",
  "itemprop",
  "start",
]);

/** No class list or address that matters is longer; a data URL of megabytes is never copied. */
const MAX_VALUE = 2048;

const MAX_NAME = 32;

const NONE: Attributes = new Map();

const ignore = (): void => {};

/**
 * Reads HTML by htmlparser2's tokenizer, the part of it that needs no stack: time is linear and depth costs nothing. Malformed HTML is read
 * as browsers read it, except that nothing is moved.
 */
export const scanTags = (html: string, handler: TagHandler): void => {
  let tag = "";
  let attributes: Map<string, string> | undefined; // most tags have none
  let name = "";
  let value = "";
  const opened = (): void => handler.open(tag, attributes ?? NONE);
  const tokenizer = new Tokenizer(
    { decodeEntities: true },
    {
      onopentagname: (start, end) => {
        tag = html.slice(start, Math.min(end, start + MAX_NAME)).toLowerCase();
        attributes = undefined;
      },
      onattribname: (start, end) => {
        name = end - start > MAX_NAME ? "" : html.slice(start, end).toLowerCase();
        value = "";
      },
      onattribdata: (start, end) => {
        if (KEPT.has(name) && value.length < MAX_VALUE) {
          value += html.slice(start, Math.min(end, start + MAX_VALUE));
        }
      },
      onattribentity: (point) => {
        if (KEPT.has(name) && value.length < MAX_VALUE) value += String.fromCodePoint(point);
      },
      onattribend: () => {
        if (!KEPT.has(name)) return;
        attributes ??= new Map();
        if (!attributes.has(name)) attributes.set(name, value);
      },
      onopentagend: opened,
      onselfclosingtag: opened,
      onclosetag: (start, end) => {
        handler.close(html.slice(start, Math.min(end, start + MAX_NAME)).toLowerCase());
      },
      ontext: (start, end) => handler.text(html.slice(start, end)),
      ontextentity: (point) => handler.text(String.fromCodePoint(point)),
      oncdata: ignore,
      oncomment: ignore,
      ondeclaration: ignore,
      onend: ignore,
      onprocessinginstruction: ignore,
    },
  );
  tokenizer.write(html);
  tokenizer.end();
};
