import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const nouns =
  "ferry garden library harbour kitchen mountain market school window river doctor teacher farmer letter bridge island " +
  "winter summer village baker tower valley forest castle painter journey meadow captain sailor orchard chapel mirror";
const verbs =
  "opened closed moved changed returned waited improved started carried painted repaired watched followed remembered " +
  "counted measured gathered promised delivered answered described discovered finished borrowed";
const qualities =
  "quiet bright narrow ancient green distant gentle broken hidden wooden heavy early yellow crowded empty famous " +
  "northern patient silver curious frozen modest purple steady";
const joints =
  "behind beside beyond without across towards against beneath between during after before";

/** Prose of about `sentences` sentences, another one for every number, that passes for English. */
const prose = (number: number, sentences = 12): string => {
  let state = number * 7919 + 1;
  const pick = (words: string): string => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const list = words.split(" ");
    return list[(state >>> 8) % list.length] ?? "";
  };
  const phrase = (): string => `the ${pick(qualities)} ${pick(nouns)}`;
  return Array.from({ length: sentences }, () => {
    const [first, second, third] = [phrase(), phrase(), phrase()];
    const end = `${pick(verbs)} ${second} and ${pick(verbs)} ${pick(joints)} ${third}`;
    return `${first[0]?.toUpperCase()}${first.slice(1)} ${end}.`;
  }).join(" ");
};

const german =
  "Die Fähre fährt jeden Morgen um halb sieben ab und kommt erst spät am Abend zurück, wenn die Sonne untergegangen ist. " +
  "Der Kapitän kennt alle Dörfer an der Küste und erzählt den Kindern gern von den Stürmen, die er als junger Mann erlebt hat.";

const page = (body: string): string =>
  `<html><head><title>t</title><script>var secret = "tracking";</script></head><body><nav><a href="/">Home</a>` +
  `<a href="/a">About</a></nav><article><p>${body}</p></article><footer>Copyright</footer></body></html>`;

const mail = (body: string): string =>
  [
    "From ada@example.org  Fri Aug 23 11:02:50 2002",
    "Return-Path: <ada@example.org>",
    "Received: from mail.example.org [10.0.0.1]",
    "From: Ada <ada@example.org>",
    "Subject: =?utf-8?q?News_from_the_coast?=",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: quoted-printable",
    "",
    body.replaceAll("=", "=3D").replaceAll(/(.{60})/g, "$1=\n"),
  ].join("\n");

const rows = (texts: readonly string[]): string =>
  `${texts.map((text) => JSON.stringify({ text })).join("\n")}\n`;

/** A small folder with everything that is dirty: markup, mail, mojibake, duplicates, personal data, broken files. */
export const writeDirtyFolder = async (folder: string): Promise<void> => {
  await mkdir(join(folder, "mail"), { recursive: true });
  const files: readonly (readonly [string, string | Uint8Array])[] = [
    ["01-page.html", page(prose(1))],
    ["02-note.txt", prose(2)],
    ["03-same-note.txt", prose(2)],
    ["04-nearly.txt", `${prose(2)} One more remark.`],
    ["05-rows.jsonl", `${rows([prose(3), prose(4)])}{broken\n${rows([prose(5), "too short"])}`],
    ["06-packed.txt.gz", gzipSync(prose(6))],
    ["07-rows.jsonl.gz", gzipSync(rows([prose(7), prose(8), prose(9)]))],
    ["08-cut-off.txt.gz", gzipSync(prose(10)).subarray(0, 60)],
    ["09-moji.txt", `Itâ€™s the cafÃ© again. ${prose(11)}`],
    ["10-private.txt", `${prose(12)} Write to ada@example.org or call +44 20 7946 0958.`],
    ["11-latin1.txt", Buffer.from(`Le caf\u00e9 du Nord. ${prose(13)}`, "latin1")],
    ["12-noise.txt", "#### ".repeat(400)],
    ["15-german.txt", german],
    ["mail/13.txt", mail(prose(14))],
    ["mail/14.eml", mail(prose(15))],
  ];
  for (const [name, content] of files) await writeFile(join(folder, name), content);
};
