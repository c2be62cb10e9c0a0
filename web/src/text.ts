// What may be shown of the text of others, and how it is taken apart. The same rules as the terminal's
// (`msnp-cli/src/shown.rs`): all that people say goes through here, and reaches the document as text nodes alone.

/**
 * What does something to the text around it, or is there without being seen: controls, marks that change the direction, separators
 * that some take for line ends, what has no width. The joiners of emoji and of Persian and Indic words are none of them, nor are
 * variation selectors.
 */
const DISTURBING =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;

/** Text of several lines, as it may be shown. */
export function prose(text: string): string {
  return text.replace(/\r\n?/g, "\n").replace(/\t/g, " ").replace(DISTURBING, "").toWellFormed();
}

/** The same on one line: names, topics, personal messages. */
export function line(text: string): string {
  return prose(text).replace(/\s*\n\s*/g, " ").trim();
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** The words of a text with tags and entities (msnp24.md 10). */
export function withoutMarkup(text: string): string {
  return text
    .replace(/<br\s*\/?>/gi, "\n")
    .replace(/<\/?[a-z][^<>]*>/gi, "")
    .replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
      if (name) return ENTITIES[name.toLowerCase()] ?? whole;
      const code = decimal ? Number(decimal) : parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
}

/** A piece of a text: words, or an address that can be gone to. */
export type Piece = { text: string; href?: string };

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`\u00ab\u00bb\u201c\u201d]+/gi;

/** Takes a text that may be shown apart into words and addresses. Only http and https are addresses. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let end = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const written = withoutTail(found[0]);
    const href = address(written);
    if (!href) continue;
    if (found.index > end) out.push({ text: text.slice(end, found.index) });
    out.push({ text: written, href });
    end = found.index + written.length;
  }
  if (end < text.length) out.push({ text: text.slice(end) });
  return out;
}

/** What ends a sentence, or closes what was opened before the address, is no part of it. */
function withoutTail(written: string): string {
  for (;;) {
    const last = written.at(-1) ?? "";
    const opening = { ")": "(", "]": "[", "}": "{" }[last];
    const count = (character: string) => written.split(character).length;
    const is_tail = ".,;:!?\u2026*_~|".includes(last) || (opening && count(last) > count(opening));
    if (!is_tail) return written;
    written = written.slice(0, -1);
  }
}

/** Whereto an address leads; none if it says another name than the one it seems to (`https://bank.example@evil.example`). */
function address(written: string): string | undefined {
  try {
    const url = new URL(written);
    const isPlain = url.username === "" && url.password === "";
    return isPlain && (url.protocol === "https:" || url.protocol === "http:") ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it is nothing but one to three emoji, which are shown larger. */
export function isEmoji(text: string): boolean {
  if (text.length > 40) return false;
  return /^(?:\p{RGI_Emoji}\s?){1,3}$/v.test(text);
}
