import { redact } from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyString } from "../any-string.ts";

describe("redact", () => {
  test.each([
    "email@example.com",
    "firstname.lastname@sub.example.co.jp",
    "firstname+lastname@example.com",
    "1234567890@example-one.museum",
    "_______@example.name",
    "NAME@MYSITE.COM",
    "o'brien@example.ie",
    "jürgen@bücher.example",
  ])("e-mail %s", (address) => {
    expect(redact(`Joe <${address}>, '${address}'; mailto:${address}.`).text).toBe(
      "Joe <<email>>, '<email>'; mailto:<email>.",
    );
  });

  test.each([
    "plainaddress",
    "@example.com",
    "email@example",
    "a@-b.com",
    "a@b..com",
    "#@%^%#$@#$@#.com",
    "user @ host.org",
  ])("no e-mail %s", (text) => {
    expect(redact(text).text).toBe(text);
  });

  // Numbers that the issuers publish for tests.
  test.each([
    "4111 1111 1111 1111",
    "4012888888881881",
    "4222222222222",
    "5555-5555-5555-4444",
    "2223003122003222",
    "3782 822463 10005",
    "6011111111111117",
    "3056 930902 5904",
    "3530111333300000",
    "6200000000000005",
  ])("card %s", (card) => {
    expect(redact(`No. 12 ${card}, exp. 12/29`).text).toBe("No. 12 <card>, exp. 12/29");
    const digit = card.at(-1);
    const wrong = card.slice(0, -1) + ((Number(digit) + 1) % 10);
    expect(redact(wrong, { kinds: ["card"] }).text).toBe(wrong);
  });

  test("long rows of digits are no cards", () => {
    const row = "41111111111111114111111111111111";
    expect(redact(row, { kinds: ["card"] }).text).toBe(row);
    expect(redact("4111111111111111 5555555555554444").text).toBe("<card> <card>");
  });

  test.each([
    "GB82 WEST 1234 5698 7654 32",
    "DE89370400440532013000",
    "FR14 2004 1010 0505 0001 3M02 606",
    "NO93 8601 1117 947",
    "MT84MALT011000012345MTLCAST001S",
  ])("account %s", (iban) => {
    expect(redact(`To ${iban} PLEASE`).text).toBe("To <iban> PLEASE");
    expect(
      redact(`To ${iban.replace(/\d/, (d) => String((Number(d) + 1) % 10))}.`, { kinds: ["iban"] })
        .counts.iban,
    ).toBe(0);
  });

  test.each([
    "163.36.107.25",
    "29.116.31.158",
    "4.132.211.142",
    "2a00:1450:4009:80b::200e",
    "2001:4860:4860:0:0:0:0:8888",
  ])("public address %s", (ip) => {
    expect(redact(`at ${ip}, [${ip}]:80 and ${ip}.`).text).toBe("at <ip>, [<ip>]:80 and <ip>.");
  });

  test.each([
    ..."10.0.1.5 172.16.4.1 172.31.254.254 192.168.1.2 127.0.0.2 169.254.0.1 100.64.0.1 203.0.113.9 0.1.2.3 255.255.255.255".split(
      " ",
    ),
    ..."::1 fe80::1 fd00::12 2001:db8::7".split(" "),
  ])("address that is not public %s", (ip) => {
    expect(redact(ip).text).toBe(ip);
    expect(redact(ip, { publicIpsOnly: false }).text).toBe("<ip>");
  });

  test.each([
    "999.999.999.999",
    "108.0.0.01",
    "1.2.3",
    "1.2.3.4.5",
    "192.168.l.1",
    "12:34:56",
    "std::add::cafe",
    "a::b",
    "1:2:3:4:5:6:7:8:9",
    "1::2::3",
  ])("no address %s", (text) => {
    expect(redact(text, { publicIpsOnly: false }).text).toBe(text);
  });

  test.each([
    "+44 20 7946 0958",
    "+1-212-555-0123",
    "+49 (30) 1234567",
    "+8613912345678",
    "(212) 555-0123",
    "212-555-0123",
    "212.555.0123",
    "1-800-555-0199",
    "0044 20 7946 0958",
  ])("phone %s", (phone) => {
    expect(redact(`call ${phone}, or ${phone}.`).text).toBe("call <phone>, or <phone>.");
  });

  test.each([
    "2026-11-25",
    "3.14159265358979",
    "1+2 = 3",
    "123 456 789",
    "$1,234,567.89",
    "10:30-12:45",
    "2125550123",
    "pages 100-200-3000",
  ])("no phone %s", (text) => {
    expect(redact(text).text).toBe(text);
  });

  test("counts, and replaces by what it is told", () => {
    const text = "a@b.org c@d.org 4111111111111111 8.8.8.8";
    const { counts, text: masked } = redact(text, {
      kinds: ["email", "ip"],
      replace: (kind, found) => `[${kind} ${found.length}]`,
    });
    expect(masked).toBe("[email 7] [email 7] 4111111111111111 [ip 7]");
    expect(counts).toEqual({ email: 2, iban: 0, card: 0, ip: 1, phone: 0 });
  });

  test("doing it twice changes nothing more", () => {
    const parts = fc.constantFrom(
      "a@b.org",
      "4111 1111",
      " 1111 1111",
      "+44 20 7946",
      " 0958",
      "8.8.",
      "8.8",
      "::",
      "2a00",
      " ",
      "DE89",
      "37040044",
    );
    const pieces = fc
      .array(fc.oneof(parts, anyString(6)), { maxLength: 12 })
      .map((all) => all.join(""));
    fc.assert(
      fc.property(pieces, (text) => {
        const once = redact(text).text;
        expect(redact(once).text).toBe(once);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    "a",
    "a.",
    "a@",
    "a@b.",
    "1",
    "1 ",
    "4-",
    "+1",
    "+1 ",
    "(212) ",
    "212-",
    "1.",
    "1.1.1.1.",
    ":",
    "a:",
    "::1",
    "GB82",
    "GB82 ",
    "A1 ",
    "(",
    "é",
    "\ud800",
  ])("a megabyte of %j takes linear time", (unit) => {
    const text = unit.repeat(Math.ceil(1_000_000 / unit.length));
    const started = performance.now();
    redact(text);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
