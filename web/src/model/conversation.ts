// One conversation: what was said, by whom, and what became of it.

import { signal } from "@preact/signals";
import type { Message as Received } from "msnp";

import { isSameDay } from "../clock";
import { prose, withoutMarkup } from "../text";

export type Fate = "sending" | "delivered" | "failed" | "unsure";

/** A line of a conversation. Never changed in place, but for its height's sake replaced. */
export interface Line {
  /** By this and nothing else it is known. */
  readonly key: string;
  /** What its author calls it. */
  readonly id: string;
  readonly from: string;
  readonly kind: "text" | "nudge" | "note";
  /** As it may be shown. */
  readonly text: string;
  readonly at: number;
  /** `at` is what this browser's clock said, not the service's. */
  readonly isOurClock?: boolean;
  readonly isMine: boolean;
  readonly fate?: Fate;
  /** Why it failed, or why nobody knows. */
  readonly why?: string;
  /** What stood there before, oldest first. */
  readonly before?: readonly string[];
  readonly isDeleted?: boolean;
}

/** Lines of one author so close together are one group. */
const GROUP_MS = 5 * 60_000;

/** A typing mark stays for so long without news. */
export const TYPING_MS = 12_000;

/** Lines that are kept of one conversation. */
const MOST_LINES = 20_000;

export type Snapshot = Omit<Plain, "typing"> & { typing: [string, number][] };

interface Plain {
  id: string;
  lines: Line[];
  unread: number;
  topic: string | null;
  members: { contact: string; admin: boolean }[];
  hasLeft: boolean;
  more: string | null;
  hasHistory: boolean;
  typing: Map<string, number>;
}

export class Conversation {
  readonly changed = signal(0);
  id: string;
  lines: Line[] = [];
  unread = 0;
  topic: string | null = null;
  members: { contact: string; admin: boolean }[] = [];
  hasLeft = false;
  /** Where the next page of older lines starts. */
  more: string | null = null;
  /** The newest page was asked for. */
  hasHistory = false;
  /** Who types, and until when that is believed. */
  typing = new Map<string, number>();
  #known = new Map<string, number>();

  constructor(id: string) {
    this.id = id;
  }

  get isGroup() {
    return this.id.startsWith("group:");
  }

  get last(): Line | undefined {
    return this.lines.findLast((line) => line.kind !== "note");
  }

  touch() {
    this.changed.value++;
  }

  has(key: string) {
    return this.#find(key) >= 0;
  }

  /** A line that is news: it stands at the end, whatever its clock says. */
  push(line: Line): boolean {
    if (this.has(line.key)) return false;
    this.lines.push(line);
    this.#known.set(line.key, this.lines.length - 1);
    if (this.lines.length > MOST_LINES) this.#reset(this.lines.slice(-MOST_LINES));
    this.touch();
    return true;
  }

  /**
   * A line with the service's time: it stands before those that were said later. While one signs in, the newest may be there already. Lines of
   * this browser's own clock, which may be wrong, are not compared.
   */
  insert(line: Line) {
    if (this.has(line.key)) return;
    let place = this.lines.length;
    for (let index = place - 1; index >= 0; index--) {
      const it = this.lines[index];
      if (it === undefined || it.isOurClock) continue;
      if (it.at <= line.at) break;
      place = index;
    }
    if (place === this.lines.length) return void this.push(line);
    this.#reset(this.lines.toSpliced(place, 0, line).slice(-MOST_LINES));
    this.touch();
  }

  /** A page of what was said before, oldest first: gives those lines that are new here. What came while it was on its way stays behind it. */
  pushOlder(page: Line[], more: string | null): Line[] {
    const known = page.filter((line) => this.has(line.key));
    const fresh = page.filter((line) => !this.has(line.key));
    // The service tells times by the second: within one, only a page knows what came first.
    const places = known.map((line) => this.#find(line.key)).sort((a, b) => a - b);
    const told = known.map((line) => withService(this.find(line.key) ?? line, line));
    const lines = [...this.lines];
    for (const [index, place] of places.entries()) lines[place] = told[index] ?? lines[place]!;
    this.#reset(fresh.length > 0 ? merged(lines, fresh).slice(-MOST_LINES) : lines);
    // A page that begins with what is known here already goes no further back than one before it did.
    const [first] = page;
    if (!first || fresh.includes(first)) this.more = more;
    this.touch();
    return fresh;
  }

  find(key: string): Line | undefined {
    return this.lines[this.#find(key)];
  }

  replace(line: Line) {
    const index = this.#find(line.key);
    if (index < 0) return;
    this.lines[index] = line;
    this.touch();
  }

  remove(key: string) {
    if (this.has(key)) this.#reset(this.lines.filter((line) => line.key !== key));
    this.touch();
  }

  /** People have other names from now on. */
  rename(before: string, now: string) {
    const of = (who: string) => (who === before ? now : who);
    this.#reset(
      this.lines.map((line) => (line.from === before ? { ...line, from: now, key: keyOf(now, line.id) } : line)),
    );
    this.members = this.members.map((member) => ({ ...member, contact: of(member.contact) }));
    this.touch();
  }

  /** What was under way may have arrived. */
  endUnderWay(why: string) {
    for (const line of this.lines.slice(-500)) {
      if (line.fate === "sending") this.replace({ ...line, fate: "unsure", why });
    }
  }

  /** The last of one's own texts that can still be edited. */
  lastOwn(): Line | undefined {
    return this.lines.findLast((line) => line.isMine && line.kind === "text" && line.fate === "delivered" && !line.isDeleted);
  }

  snapshot(): Snapshot {
    const { id, lines, unread, topic, members, hasLeft, more, hasHistory } = this;
    return { id, lines, unread, topic, members, hasLeft, more, hasHistory, typing: [...this.typing] };
  }

  static restore({ typing, lines, ...rest }: Snapshot): Conversation {
    const conversation = Object.assign(new Conversation(rest.id), rest, { typing: new Map(typing) });
    conversation.#reset(lines);
    return conversation;
  }

  #find(key: string): number {
    const index = this.#known.get(key);
    return index !== undefined && this.lines[index]?.key === key ? index : -1;
  }

  #reset(lines: Line[]) {
    this.lines = lines;
    this.#known = new Map(lines.map((line, index) => [line.key, index]));
  }
}

/** A line as it is here, with what the service knows of it: when it was said, and that it was delivered. */
function withService(here: Line, told: Line): Line {
  if (!here.isOurClock && here.fate === told.fate) return here;
  const { isOurClock: _, why: __, ...rest } = here;
  return { ...rest, at: told.at, ...(told.fate && { fate: told.fate }) };
}

/** Both in the order of the service's times; of the same second, `older` goes first. Lines of this browser's own clock stay behind what they are behind. */
function merged(lines: Line[], older: Line[]): Line[] {
  const out: Line[] = [];
  let next = 0;
  for (const line of lines) {
    while (!line.isOurClock && next < older.length && (older[next]?.at ?? 0) <= line.at) out.push(older[next++]!);
    out.push(line);
  }
  return out.concat(older.slice(next));
}

/** The name of a message is its author's: the same from another is another message. */
export const keyOf = (from: string, id: string) => `${from} ${id}`;

/** A message, as a line. */
export function lineOf(message: Received, me: string | undefined, at: number): Line {
  const text = message.format === "rich" ? withoutMarkup(message.text) : message.text;
  const isMine = message.from === me;
  return {
    key: keyOf(message.from, message.message),
    id: message.message,
    from: message.from,
    kind: "text",
    text: prose(text),
    at: message.sent_at_ms ?? at,
    ...(message.sent_at_ms === null && { isOurClock: true }),
    isMine,
    ...(isMine && { fate: "delivered" as const }),
  };
}

/** Whether a line is shown as going on with what the one before has begun. */
export function goesOn(line: Line, before: Line | undefined): boolean {
  return (
    before !== undefined &&
    line.kind === "text" &&
    before.kind === "text" &&
    line.from === before.from &&
    line.at - before.at < GROUP_MS &&
    isSameDay(line.at, before.at)
  );
}
