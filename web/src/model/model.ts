// All that the page knows. It is told facts, one after another, and asks nobody: every tab has one, and all are the same.

import { signal } from "@preact/signals";
import type { Abilities, Contact, Message as Received, Presence } from "msnp";

import { line as oneLine, prose, withoutMarkup } from "../text";
import { Conversation, keyOf, lineOf, TYPING_MS, type Line, type Snapshot } from "./conversation";
import type { Fact, Told } from "./fact";
import { short, type Link, type News, type Person } from "./person";

export interface ModelSnapshot {
  me: string | undefined;
  link: Link;
  own: Presence | undefined;
  abilities: Abilities | undefined;
  contactGroups: string[];
  people: Person[];
  conversations: Snapshot[];
}

const NO_ANSWER = "The connection broke before the service answered, so it may have arrived.";

export class Model {
  readonly link = signal<Link>({ is: "starting", step: "" });
  readonly me = signal<string | undefined>(undefined);
  readonly own = signal<Presence | undefined>(undefined);
  readonly abilities = signal<Abilities | undefined>(undefined);
  /** The groups of the list, as they are called there. */
  readonly contactGroups = signal<string[]>([]);
  readonly peopleChanged = signal(0);
  readonly conversationsChanged = signal(0);
  readonly people = new Map<string, Person>();
  readonly conversations = new Map<string, Conversation>();
  /** Is told of what deserves attention. */
  onNews: (news: News) => void = () => {};
  /** Is told when nothing that is here may be shown any more. */
  onGone: () => void = () => {};
  /** When a conversation was last looked at, for telling what of its history is unread. */
  readAt: (conversation: string) => number | undefined = () => undefined;

  /** What somebody is called: by the list, else by themselves, else their address. */
  name(id: string): string {
    if (id === this.me.value) return this.ownName();
    const person = this.people.get(id);
    const name = person?.contact?.name ?? person?.presence?.name;
    return (name && oneLine(name)) || short(id);
  }

  ownName(): string {
    const name = this.own.value?.name;
    return (name && oneLine(name)) || (this.me.value ? short(this.me.value) : "");
  }

  title(conversation: Conversation): string {
    if (!conversation.isGroup) return this.name(conversation.id);
    if (conversation.topic) return oneLine(conversation.topic) || "Group";
    const others = conversation.members.filter((member) => member.contact !== this.me.value);
    return others.map((member) => this.name(member.contact)).join(", ") || "Group";
  }

  status(id: string): string {
    const presence = this.people.get(id)?.presence;
    if (!presence) return "offline";
    // Of somebody who is online everywhere and nowhere at the keyboard.
    const { status, endpoints } = presence;
    return status === "online" && endpoints.length > 0 && endpoints.every(({ idle }) => idle) ? "idle" : status;
  }

  isOn(id: string, list: Contact["lists"][number]): boolean {
    return this.people.get(id)?.contact?.lists.includes(list) ?? false;
  }

  /** Whether they have added oneself and were not answered: neither added nor blocked. */
  wantsIn(id: string): boolean {
    return (this.isOn(id, "pending") || this.isOn(id, "reverse")) && !this.isOn(id, "forward") && !this.isOn(id, "block");
  }

  /** The conversation of that name, made if it is new. */
  open(id: string): Conversation {
    let conversation = this.conversations.get(id);
    if (!conversation) {
      conversation = new Conversation(id);
      this.conversations.set(id, conversation);
      this.conversationsChanged.value++;
    }
    return conversation;
  }

  unread(): number {
    let unread = 0;
    for (const conversation of this.conversations.values()) unread += conversation.unread;
    return unread;
  }

  apply({ fact, at }: Told) {
    switch (fact.event) {
      case "Started":
        this.#start();
        break;
      case "SignInProgress":
        if (this.link.value.is !== "online") this.link.value = { is: "starting", step: fact.step };
        break;
      case "Gone":
        this.onGone();
        break;
      case "SignedIn":
        // Somebody else has signed in: nothing of what is here is theirs.
        if (this.me.value !== undefined && this.me.value !== fact.me) this.onGone();
        this.me.value = fact.me;
        this.link.value = { is: "online" };
        this.peopleChanged.value++;
        break;
      case "Reconnecting":
        this.link.value = { is: "waiting", until: at + fact.wait_ms, reason: fact.reason, attempt: fact.attempt };
        break;
      case "SignedOut":
        this.link.value = { is: "out", reason: fact.reason, code: fact.code };
        break;
      case "Abilities":
        this.abilities.value = fact.abilities;
        break;
      case "ContactGroups":
        this.contactGroups.value = fact.names;
        break;
      case "ContactChanged":
        this.#contactChanged(fact);
        break;
      case "ContactRemoved": {
        const person = this.people.get(fact.contact);
        if (person) delete person.contact;
        this.peopleChanged.value++;
        break;
      }
      case "ContactRenamed":
        this.#rename(fact.before, fact.now);
        break;
      case "PresenceChanged":
        this.#person(fact.contact).presence = fact;
        this.peopleChanged.value++;
        break;
      case "OwnPresence":
        this.own.value = fact;
        break;
      case "GroupChanged": {
        const group = this.open(fact.conversation);
        this.#noteChange(group, fact, at);
        Object.assign(group, { topic: fact.topic, members: fact.members, hasLeft: false });
        group.touch();
        this.conversationsChanged.value++;
        break;
      }
      case "GroupLeft": {
        const group = this.open(fact.conversation);
        Object.assign(group, { hasLeft: true, members: [], unread: 0 });
        group.touch();
        this.conversationsChanged.value++;
        break;
      }
      default:
        this.#applyToConversation(fact, at);
    }
  }

  /** Typing marks that are too old are over; when the next one will be. */
  expire(now: number): number | undefined {
    let next: number | undefined;
    for (const conversation of this.conversations.values()) {
      for (const [who, until] of conversation.typing) {
        if (until <= now) {
          conversation.typing.delete(who);
          conversation.touch();
        } else next = Math.min(next ?? until, until);
      }
    }
    return next;
  }

  snapshot(): ModelSnapshot {
    return {
      me: this.me.value,
      link: this.link.value,
      own: this.own.value,
      abilities: this.abilities.value,
      contactGroups: this.contactGroups.value,
      people: [...this.people.values()],
      conversations: [...this.conversations.values()].map((conversation) => conversation.snapshot()),
    };
  }

  /** Knows from now on what another tab has known. */
  restore(snapshot: ModelSnapshot) {
    this.me.value = snapshot.me;
    this.link.value = snapshot.link;
    this.own.value = snapshot.own;
    this.abilities.value = snapshot.abilities;
    this.contactGroups.value = snapshot.contactGroups;
    this.people.clear();
    for (const person of snapshot.people) this.people.set(person.id, person);
    this.conversations.clear();
    for (const conversation of snapshot.conversations) {
      this.conversations.set(conversation.id, Conversation.restore(conversation));
    }
    this.peopleChanged.value++;
    this.conversationsChanged.value++;
  }

  #applyToConversation(fact: Fact, at: number) {
    if (!("conversation" in fact) || fact.conversation === null) return;
    const me = this.me.value;
    switch (fact.event) {
      case "MessageReceived":
        this.#received(fact, at);
        break;
      case "MessageEdited":
        this.#edited(this.open(fact.conversation), keyOf(fact.from, fact.original), fact, at);
        break;
      case "Typing": {
        if (fact.from === me) break;
        const conversation = this.open(fact.conversation);
        if (fact.typing) conversation.typing.set(fact.from, at + TYPING_MS);
        else conversation.typing.delete(fact.from);
        conversation.touch();
        break;
      }
      case "Nudge": {
        const conversation = this.open(fact.conversation);
        const id = `nudge ${at}`;
        const isMine = fact.from === me;
        const nudge: Line = { key: keyOf(fact.from, id), id, from: fact.from, kind: "nudge", text: "", at, isOurClock: true, isMine };
        if (!isMine) conversation.unread++;
        conversation.push(nudge);
        this.conversationsChanged.value++;
        if (!isMine) this.#news(conversation, nudge);
        break;
      }
      case "Said":
        this.#say(fact.conversation, fact.message, fact.text, "text", at);
        break;
      case "SaidNudge":
        this.#say(fact.conversation, fact.message, "", "nudge", at);
        break;
      case "SaidPerhaps": {
        const line = { key: fact.key, id: fact.key, from: me ?? "", kind: "text", text: prose(fact.text), at, isOurClock: true, isMine: true } as const;
        this.open(fact.conversation).push({ ...line, fate: "unsure", why: NO_ANSWER });
        break;
      }
      case "SaidEdit": {
        const conversation = this.open(fact.conversation);
        const line = conversation.find(keyOf(me ?? "", fact.original));
        if (line) conversation.replace(rewritten(line, prose(fact.text)));
        break;
      }
      case "MessageDelivered":
        this.#setFate(fact, { fate: "delivered" });
        break;
      case "MessageFailed":
        this.#setFate(fact, { fate: "failed", why: fact.reason });
        break;
      case "MessageUncertain":
        this.#setFate(fact, { fate: "unsure", why: NO_ANSWER });
        break;
      case "Dismissed":
        this.open(fact.conversation).remove(fact.key);
        break;
      case "Read": {
        const conversation = this.open(fact.conversation);
        if (conversation.unread === 0) break;
        conversation.unread = 0;
        conversation.touch();
        this.conversationsChanged.value++;
        break;
      }
      case "History":
        this.#history(fact.conversation, fact.messages, fact.more, at);
        break;
      default:
        break;
    }
  }

  #start() {
    this.link.value = { is: "starting", step: "" };
    for (const conversation of this.conversations.values()) {
      conversation.endUnderWay(NO_ANSWER);
      conversation.typing.clear();
    }
  }

  #person(id: string): Person {
    let person = this.people.get(id);
    if (!person) {
      person = { id };
      this.people.set(id, person);
    }
    return person;
  }

  #contactChanged(contact: Contact) {
    const didWant = this.wantsIn(contact.contact);
    this.#person(contact.contact).contact = contact;
    this.peopleChanged.value++;
    if (!didWant && this.wantsIn(contact.contact) && this.link.value.is === "online") {
      this.onNews({ conversation: contact.contact, who: this.name(contact.contact), text: "wants to add you" });
    }
  }

  #rename(before: string, now: string) {
    const person = this.people.get(before);
    this.people.delete(before);
    if (person && !this.people.has(now)) this.people.set(now, { ...person, id: now });
    if (this.me.value === before) this.me.value = now;
    for (const conversation of this.conversations.values()) conversation.rename(before, now);
    const old = this.conversations.get(before);
    if (old) {
      this.conversations.delete(before);
      const kept = this.open(now);
      kept.pushOlder(old.lines, kept.more ?? old.more);
      kept.unread += old.unread;
    }
    this.peopleChanged.value++;
    this.conversationsChanged.value++;
  }

  #received(message: Received, at: number) {
    const conversation = this.open(message.conversation);
    const line = lineOf(message, this.me.value, at);
    conversation.typing.delete(message.from);
    if (conversation.has(line.key)) return;
    // First what is true, then that it is so.
    if (!line.isMine) conversation.unread++;
    conversation.insert(line);
    this.conversationsChanged.value++;
    if (!line.isMine) this.#news(conversation, line);
  }

  #edited(conversation: Conversation, key: string, edit: Received, at: number) {
    const line = conversation.find(key);
    const text = prose(edit.format === "rich" ? withoutMarkup(edit.text) : edit.text);
    if (line) conversation.replace(rewritten(line, text));
    // Of what is not here yet, the history will tell as it is now; what is nowhere is said anew.
    else if (text) conversation.push({ ...lineOf(edit, this.me.value, at), before: [] });
    this.conversationsChanged.value++;
  }

  #say(id: string, message: string, text: string, kind: "text" | "nudge", at: number) {
    const from = this.me.value ?? "";
    const own = { from, at, isOurClock: true, isMine: true, fate: "sending" } as const;
    const line: Line = { ...own, key: keyOf(from, message), id: message, kind, text: prose(text) };
    this.open(id).push(line);
    this.conversationsChanged.value++;
  }

  #setFate({ conversation, message }: { conversation: string; message: string }, fate: Pick<Line, "fate" | "why">) {
    const there = this.conversations.get(conversation);
    const line = there?.find(keyOf(this.me.value ?? "", message));
    if (line && there) {
      const { why: _, ...rest } = line;
      there.replace({ ...rest, ...fate });
    }
  }

  #history(id: string, messages: Received[], more: string | null, at: number) {
    const conversation = this.open(id);
    const fresh = conversation.pushOlder(messages.map((message) => lineOf(message, this.me.value, at)), more);
    const readAt = this.readAt(id);
    if (readAt !== undefined) conversation.unread += fresh.filter((line) => !line.isMine && line.at > readAt).length;
    this.conversationsChanged.value++;
  }

  /** Who has come, who has gone, and what the group is called now. */
  #noteChange(group: Conversation, now: { topic: string | null; members: { contact: string }[] }, at: number) {
    if (group.members.length === 0) return;
    const [before, after] = [group.members, now.members].map((list) => new Set(list.map((member) => member.contact)));
    const note = (text: string) => group.push({ key: `note ${at} ${text}`, id: "", from: "", kind: "note", text, at, isOurClock: true, isMine: false });
    for (const who of after ?? []) if (!before?.has(who)) note(`${this.name(who)} has joined`);
    for (const who of before ?? []) if (!after?.has(who)) note(`${this.name(who)} has left`);
    if (group.topic !== now.topic) note(now.topic ? `The topic is now “${oneLine(now.topic)}”` : "There is no topic any more");
  }

  #news(conversation: Conversation, line: Line) {
    const text = line.kind === "nudge" ? "nudges you" : line.text;
    const news: News = { conversation: conversation.id, who: this.name(line.from), text };
    if (conversation.isGroup) news.where = this.title(conversation);
    if (line.kind === "nudge") news.isNudge = true;
    this.onNews(news);
  }
}

function rewritten(line: Line, text: string): Line {
  const before = line.isDeleted ? (line.before ?? []) : [...(line.before ?? []), line.text];
  if (text === line.text && !line.isDeleted) return line;
  const { isDeleted: _, ...rest } = line;
  return text ? { ...rest, text, before } : { ...rest, text: "", before, isDeleted: true };
}

