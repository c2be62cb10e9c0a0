import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";

import { load } from "./run.mjs";

const { isEmoji, line, pieces, prose, withoutMarkup } = await load("text.ts");

test("what disturbs is dropped, and what people write with stays", () => {
  // The same as the terminal's: msnp-cli/src/shown.rs.
  equal(prose("a\u001b[2J\u200b\u2066\tb\nc"), "a[2J b\nc");
  equal(prose("a\u202eb\u{e0041}\u2028c\u0000\u009b"), "abc");
  for (const text of ["👩‍👩‍👧 👋🏽 ❤️", "می‌خواهم", "שלום مرحبا", "日本語 e\u0301"]) equal(prose(text), text);
  equal(prose("a\r\nb\rc"), "a\nb\nc");
  equal(prose("\ud800x"), "\ufffdx");
  equal(line(" a\n\n b "), "a b");
});

test("words are taken out of markup, and none of it is left", () => {
  equal(withoutMarkup("<b>a</b> &lt;b&gt; &amp;amp; &#65;&#x42; &unknown; <ss type=\"smile\">:)</ss>"), "a <b> &amp; AB &unknown; :)");
  equal(withoutMarkup("1 < 2 > 0 <br/>x"), "1 < 2 > 0 \nx");
  equal(withoutMarkup("&#1114112; &#9999999;"), "&#1114112; &#9999999;");
});

test("only http and https are addresses, and none says another name than its own", () => {
  const addresses = (text) => pieces(text).flatMap((piece) => piece.href ?? []);
  deepEqual(addresses("see http://a.example/x. and (https://b.example/c_(d))!"), ["http://a.example/x", "https://b.example/c_(d)"]);
  deepEqual(addresses("javascript:alert(1) data:text/html,x file:///x ftp://x.example"), []);
  deepEqual(addresses("https://bank.example@evil.example/ https://a:b@c.example"), []);
  deepEqual(addresses("https:// http://"), []);
  equal(pieces("a https://b.example c").map(({ text }) => text).join(""), "a https://b.example c");
});

test("a few emoji alone are shown larger", () => {
  for (const text of ["👍", "👏👏", "👩‍👩‍👧 ❤️ 🇩🇪"]) equal(isEmoji(text), true, text);
  for (const text of ["", "1", "👍 ok", "👍👍👍👍", "#"]) equal(isEmoji(text), false, text);
});
