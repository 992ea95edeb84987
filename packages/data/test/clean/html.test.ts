import { readdirSync, readFileSync } from "node:fs";
import { htmlToText, type HtmlToTextOptions } from "@adjoint/data";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyString } from "../any-string.ts";

const folder = new URL("pages/", import.meta.url);

const linesOf = (text: string): readonly string[] =>
  text.split("\n").filter((line) => line.trim() !== "");

/** Pages written for this test, each with the lines that its reader came for. */
const pages = readdirSync(folder)
  .filter((name) => name.endsWith(".html"))
  .map((name) => ({
    name,
    html: readFileSync(new URL(name, folder), "utf8"),
    wanted: linesOf(readFileSync(new URL(name.replace(".html", ".txt"), folder), "utf8")),
  }));

/** Precision and recall of lines over all pages. */
const measure = (
  content: HtmlToTextOptions["content"],
): { readonly precision: number; readonly recall: number } => {
  let [right, got, wanted] = [0, 0, 0];
  for (const page of pages) {
    const lines = linesOf(htmlToText(page.html, { content: content ?? "main" }));
    right += lines.filter((line) => page.wanted.includes(line)).length;
    got += lines.length;
    wanted += page.wanted.length;
  }
  return { precision: right / got, recall: right / wanted };
};

describe("what a page is about", () => {
  test.each(pages)("$name", ({ html, wanted }) => {
    expect(linesOf(htmlToText(html))).toEqual(wanted);
  });

  test("each step of selection is worth its rules", () => {
    expect(pages.length).toBe(6);
    const [all, marked, main] = [measure("all"), measure("marked"), measure("main")];
    expect(all.recall).toBe(1);
    expect(all.precision).toBeLessThan(0.5);
    expect(marked.recall).toBe(1);
    expect(marked.precision).toBeGreaterThan(0.65);
    expect(main).toEqual({ precision: 1, recall: 1 });
  });

  test("a page of short lines alone is kept whole", () => {
    expect(htmlToText("<nav>Menu</nav><p>One</p><p>Two</p>")).toBe("One\n\nTwo");
    expect(htmlToText("<nav>Menu</nav>")).toBe("Menu");
  });
});

describe("htmlToText writes", () => {
  const text = (html: string, options?: HtmlToTextOptions): string =>
    htmlToText(html, { content: "all", ...options });

  test.each([
    ["a &amp; b &lt;c&gt; &eacute; &#x1F642; &#8364; &nosuch; &amp", "a & b <c> é 🙂 € &nosuch; &"],
    ["<p>one\n  two</p><p>three", "one two\n\nthree"],
    ["one<br>two<br/>three", "one\ntwo\nthree"],
    ["one<br><br>two<br> <br>three", "one\n\ntwo\n\nthree"],
    ["a<b>b</b>c <i> d </i>", "abc d"],
    ["<ul><li>a<li>b<ol><li>c</li><li>d</ol></ul>", "- a\n- b\n  1. c\n  2. d"],
    ['<ol start="3"><li>a<li>b</ol>', "3. a\n4. b"],
    ["<ul><li>a<br>b</ul>", "- a\n  b"],
    ["<table><tr><th>a<th>b<tr><td>1<td>2</table>", "a | b\n1 | 2"],
    ["<pre>\n  x = 1\n\ty &lt; 2\n</pre>", "  x = 1\n\ty < 2"],
    ["<blockquote>a<br>b<p>c</blockquote>d", "> a\n> b\n\n> c\n\nd"],
    ["<table><td>a<td>b</table>", "a | b"],
    ["<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\n\nb\n\nc\n\nd"],
    ["<p>a<div>b</p>c", "a\n\nb\n\nc"],
    [
      "x<script>if (a < b) '</scr'</script>y<style>p{}</style><!-- <p>z</p> --><noscript>n</noscript>",
      "xy",
    ],
    [
      "<p hidden>a</p><div style='DISPLAY : none'>b<p>c</p></div><p aria-hidden=true>d</p><span style='display:none'>e</span>f",
      "f",
    ],
    ["<title>t</title><textarea>x</textarea><button>b</button><select><option>o</select>y", "y"],
    ["<svg><text>s</text></svg><template><p>t</p></template>z", "z"],
    ["2 < 3 and 4 > 1 &c", "2 < 3 and 4 > 1 &c"],
    ["</p></div>a</table>", "a"],
    ["a<", "a<"],
    ["<p class=a class=b id='x\"y'>q</p>", "q"],
    ["<![CDATA[x]]>y<?php echo 1 ?>z", "yz"],
  ])("%j as %j", (html, expected) => {
    expect(text(html)).toBe(expected);
  });

  test("links and headings as asked", () => {
    const html =
      "<h2>A<br>b</h2>See <a href='https://x.example/?a=1&amp;b=2'>the <b>page</b></a>, <a href='#top'>top</a>, <a href='javascript:x()'>x</a>";
    expect(text(html)).toBe("A\nb\n\nSee the page, top, x");
    expect(text(html, { links: "markdown", headings: "markdown" })).toBe(
      "# A b\n\nSee [the page](https://x.example/?a=1&b=2), top, x",
    );
  });

  test("cookie notices and advertising go by their names", () => {
    const html =
      "<div class=cookieBanner>We use cookies</div><div id=ad_2>Buy</div><p class=adventure>Road</p><article class=promo>Body</article>";
    expect(htmlToText(html, { content: "marked" })).toBe("Road\n\nBody");
  });
});

describe("hostile pages", () => {
  test.each([
    ["a hundred thousand levels", `${"<div>".repeat(100_000)}x${"</div>".repeat(100_000)}`, "x"],
    ["levels that are never closed", `${"<div><p><b>".repeat(30_000)}x`, "x"],
    ["end tags of nothing", `${"<div>".repeat(50_000)}${"</p>".repeat(50_000)}x`, "x"],
    [
      "an attribute of megabytes",
      `<p class="${"a ".repeat(2_000_000)}" href='data:${"A".repeat(1_000_000)}'>x</p>`,
      "x",
    ],
    ["attributes without end", `<p ${"a=b ".repeat(300_000)}>x</p>`, "x"],
    ["nested lists", `${"<ul><li>".repeat(50_000)}x`, `${"  ".repeat(8)}- x`],
    ["nested quotations", `${"<blockquote>".repeat(50_000)}x`, `${"> ".repeat(8)}x`],
    ["line breaks", `x${"<br>".repeat(200_000)}y`, "x\n\ny"],
    ["white space", `x${" \n".repeat(500_000)}y`, "x y"],
    ["comments that do not end", `x${"<!--".repeat(200_000)}`, "x"],
    ["entities", "&amp".repeat(200_000), "&".repeat(200_000)],
    ["tags in tags", "<a ".repeat(200_000), ""],
    [
      "cells",
      `<table>${"<td>x".repeat(100_000)}`,
      Array.from({ length: 100_000 }, () => "x").join(" | "),
    ],
  ])("%s", (_, html, expected) => {
    const started = performance.now();
    const text = htmlToText(html, { content: "all" });
    expect(performance.now() - started).toBeLessThan(5000);
    expect(text.length).toBe(expected.length);
    expect(text === expected).toBe(true);
  });

  test("any string: no throw, and plain text is kept but for white space", () => {
    const tags = fc.constantFrom(
      "<p>",
      "</p>",
      "<div hidden>",
      "</div>",
      "<li>",
      "<ul>",
      "</ul>",
      "<pre>",
      "<td>",
      "<a href=x>",
      "</a>",
      "<br>",
      "<script>",
      "&lt;",
      "&#0;",
      "<!--",
      "-->",
      "<",
      '="',
      "'",
    );
    const soup = fc
      .array(fc.oneof(tags, anyString(8)), { maxLength: 25 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(soup, (html) => {
        for (const content of ["main", "marked", "all"] as const) {
          expect(typeof htmlToText(html, { content, links: "markdown" })).toBe("string");
        }
      }),
      { numRuns: 400 },
    );
    fc.assert(
      fc.property(anyString(), (text) => {
        const plain = text
          .replaceAll(/[<&\0]/g, "")
          .replaceAll(/[ \t\r\n\f\v]+/g, " ")
          .trim();
        const once = htmlToText(plain);
        expect(once).toBe(plain);
        expect(htmlToText(once)).toBe(once);
      }),
    );
  });
});
