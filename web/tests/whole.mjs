// Whether all that is to be read can be: nothing over the edge, nothing cut off without a sign, nothing under something else, nothing that axe
// finds serious.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { assert, picture } from "./world.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A picture for people, and what a program can see of it. */
export async function looks(page, name) {
  await picture(page, name);
  await isWhole(page, name);
  await isAccessible(page, name);
}

/** Nothing that axe calls serious. It is put in by the browser's tools, which the page's policy does not hold back. */
async function isAccessible(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const found = serious.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(" | ")}`);
  assert.deepEqual(found, []);
}

/** Fails with what is not whole. What is scrolled away, or ends in an ellipsis, is. */
async function isWhole(page, where) {
  const found = await page.evaluate(() => {
    const top = [...document.querySelectorAll("dialog[open], :popover-open")].at(-1);
    const root = top ?? document.body;
    const named = (it) => `${it.tagName.toLowerCase()}.${it.className?.baseVal ?? it.className} “${(it.textContent ?? "").slice(0, 40)}”`;
    const wrong = [];

    /** What of a box its scrolling ancestors and the window let be seen. */
    function seen(element, box) {
      let { left, top, right, bottom } = box;
      const cut = (edge) => {
        [left, top] = [Math.max(left, edge.left), Math.max(top, edge.top)];
        [right, bottom] = [Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
      };
      cut({ left: 0, top: 0, right: innerWidth, bottom: innerHeight });
      for (let it = element; it && it !== document.documentElement; it = it.parentElement) {
        if (getComputedStyle(it).overflow !== "visible") cut(it.getBoundingClientRect());
      }
      return right - left > 4 && bottom - top > 4 ? { left, top, right, bottom } : undefined;
    }

    const edge = document.documentElement.clientWidth + 1;
    for (const it of root.querySelectorAll("*")) {
      const style = getComputedStyle(it);
      if (it.closest(".unseen, svg, option, [hidden]") || style.visibility !== "visible" || it.getClientRects().length === 0) continue;
      const box = it.getBoundingClientRect();
      if (box.right > edge || box.left < -1) wrong.push(`over the edge: ${named(it)}`);
      const texts = [...it.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
      if (texts.length === 0 && !it.matches("input, textarea, select, button")) continue;
      const hides = style.overflowX === "hidden" || style.overflowX === "clip";
      if (hides && it.scrollWidth > it.clientWidth + 1 && style.textOverflow !== "ellipsis") wrong.push(`cut off: ${named(it)}`);
      if (hides && it.scrollHeight > it.clientHeight + 2) wrong.push(`cut off below: ${named(it)}`);
      if (it.matches("input:not([type=checkbox], [type=radio])") && it.value && it.scrollWidth > it.clientWidth + 1) continue;
      for (const text of texts) {
        const range = document.createRange();
        range.selectNodeContents(text);
        for (const line of range.getClientRects()) {
          const part = seen(it, line);
          if (!part) continue;
          const [x, y] = [(part.left + part.right) / 2, (part.top + part.bottom) / 2];
          const there = document.elementFromPoint(x, y);
          if (!there || there.contains(it) || it.contains(there) || there.contains(it.parentElement)) continue;
          wrong.push(`${named(it)} is under ${named(there)}`);
        }
      }
    }
    return wrong;
  });
  assert.deepEqual([...new Set(found)], [], where);
}
