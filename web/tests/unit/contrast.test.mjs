import { ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const css = await readFile(new URL("../../src/style/base.css", import.meta.url), "utf8");

/** A colour's share of light (WCAG 2.2, relative luminance). */
function light(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
}

const colours = new Map([...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, ...both]) => [name, both]));

function check(fronts, grounds, least) {
  for (const front of fronts) {
    for (const ground of grounds) {
      for (const [theme, index] of [["light", 0], ["dark", 1]]) {
        const found = contrast(colours.get(front)[index], colours.get(ground)[index]);
        ok(found >= least, `${front} on ${ground}, ${theme}: ${found.toFixed(2)}`);
      }
    }
  }
}

const GROUNDS = ["surface", "ground", "raised", "hover", "chosen"];

test("text is read on every ground", () => {
  check(["text", "quiet"], [...GROUNDS, "mine", "theirs"], 4.5);
  check(["accent", "bad", "unsure"], [...GROUNDS, "mine", "theirs"], 4.5);
  check(["on-accent"], ["accent"], 4.5);
});

test("controls and marks are seen on every ground", () => {
  check(["control", "online", "busy", "away"], GROUNDS, 3);
});
