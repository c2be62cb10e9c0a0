// The list of people in its sections, as rows.

import type { Conversation } from "../model/conversation";
import type { Model } from "../model/model";
import { bare } from "../model/person";
import { isThere } from "../model/status";
import { line } from "../text";

export type Row =
  | { is: "section"; name: string; count: string; isFolded: boolean }
  | { is: "request"; id: string; name: string; address: string }
  | { is: "talk"; id: string; name: string; status: string | undefined; second: string; unread: number; isQuiet: boolean };

/** The rows, in order. With a filter, only who fits, and without sections. */
export function rows(model: Model, filter: string, folded: ReadonlySet<string>): Row[] {
  const me = model.me.value;
  const wanted = line(filter).toLocaleLowerCase();
  const fits = (row: Row) =>
    row.is === "talk" && (row.name.toLocaleLowerCase().includes(wanted) || bare(row.id).toLocaleLowerCase().includes(wanted));
  const groups: Row[] = [];
  for (const conversation of model.conversations.values()) {
    if (conversation.isGroup && !conversation.hasLeft) groups.push(groupRow(model, conversation));
  }
  const requests: Row[] = [];
  const known = new Map<string, Row[]>();
  const into = (section: string, row: Row) => {
    const list = known.get(section);
    if (list) list.push(row);
    else known.set(section, [row]);
  };
  const usesGroups = model.contactGroups.value.length > 0;
  for (const { id, contact } of model.people.values()) {
    if (id === me) continue;
    if (model.wantsIn(id)) requests.push({ is: "request", id, name: model.name(id), address: bare(id) });
    if (!contact?.lists.includes("forward")) continue;
    const row = personRow(model, id);
    if (usesGroups) for (const section of contact.groups.length > 0 ? contact.groups : ["Others"]) into(line(section), row);
    else into(isThere(row.status ?? "offline") ? "Online" : "Offline", row);
  }
  for (const conversation of model.conversations.values()) {
    const { id, isGroup } = conversation;
    const isElsewhere = model.isOn(id, "forward") || model.wantsIn(id) || id === me;
    if (!isGroup && !isElsewhere && (conversation.last || conversation.unread)) into("Not on your list", personRow(model, id));
  }
  if (wanted) {
    const everybody = new Map([...groups, ...[...known.values()].flat()].filter(fits).map((row) => ["id" in row ? row.id : "", row]));
    return sorted([...everybody.values()]);
  }
  const out: Row[] = [];
  const section = (name: string, list: Row[], count: string) => {
    if (list.length === 0) return;
    const isFolded = folded.has(name);
    out.push({ is: "section", name, count, isFolded });
    if (!isFolded) out.push(...sorted(list));
  };
  section("Want to add you", requests, String(requests.length));
  section("Groups", groups, String(groups.length));
  const order = ["Online", "Offline"];
  const last = (name: string) => (name === "Not on your list" ? 2 : name === "Others" ? 1 : 0);
  const names = [...known.keys()].sort(
    (a, b) => order.indexOf(a) - order.indexOf(b) || last(a) - last(b) || NAMES.compare(a, b),
  );
  for (const name of names) {
    const list = known.get(name) ?? [];
    const there = list.filter((row) => row.is === "talk" && isThere(row.status ?? "offline")).length;
    const isByStatus = order.includes(name) || name === "Not on your list";
    section(name, list, isByStatus ? String(list.length) : `${there}/${list.length}`);
  }
  return out;
}

function personRow(model: Model, id: string): Extract<Row, { is: "talk" }> {
  const conversation = model.conversations.get(id);
  const status = model.isOn(id, "forward") ? model.status(id) : undefined;
  const message = model.people.get(id)?.presence?.personal_message;
  const second = (message && line(message)) || (conversation ? lastWords(conversation) : "");
  const isQuiet = model.isOn(id, "block");
  return { is: "talk", id, name: model.name(id), status, second, unread: conversation?.unread ?? 0, isQuiet };
}

function groupRow(model: Model, conversation: Conversation): Row {
  const count = conversation.members.length;
  const second = lastWords(conversation) || `${count} ${count === 1 ? "person" : "people"}`;
  const { id, unread } = conversation;
  return { is: "talk", id, name: model.title(conversation), status: undefined, second, unread, isQuiet: false };
}

function lastWords(conversation: Conversation): string {
  const last = conversation.last;
  if (!last) return "";
  if (last.kind === "nudge") return last.isMine ? "You nudged" : "Nudge!";
  return (last.isMine ? "You: " : "") + (last.isDeleted ? "deleted" : line(last.text).slice(0, 120));
}

const NAMES = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Who is there first, then by name. */
function sorted(list: Row[]): Row[] {
  const rank = (row: Row) => (row.is === "talk" && row.status !== undefined && !isThere(row.status) ? 1 : 0);
  return [...list].sort((a, b) => rank(a) - rank(b) || NAMES.compare(a.name, b.name));
}
