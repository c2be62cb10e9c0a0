// One session for all tabs: the tab that holds the lock has the engine, the others hear of everything and ask it. When it is gone,
// the next one begins a session of its own, and knows all that was said.

import { Client, Refused, type Event, type Options } from "msnp";

import { Model } from "../model/model";
import type { Fact, Told } from "../model/fact";
import { Channel, TAB, type Answer, type Say } from "./channel";
import { isInFront, network, type Account } from "./network";

/** The name of the lock that one tab holds. */
const LOCK = "msnp-session";

/** So many talks are looked after when the connection is back; the others when they are opened. */
const MOST_TALKS = 12;

/** Is asked of the tab that leads like a verb, and is none of the engine's. */
const SIGN_IN_AS = "sign_in_as";

/** Whoever leads has answered by then. */
const SILENCE_MS = 5_000;

declare const WASM: string;

/** Whoever led was gone before it could answer: whether it was done, nobody knows. */
export class Lost extends Error {}

export class Session {
  readonly model = new Model();
  /** Pages that came by plain http have no locks: there each tab has a session of its own, and tells nobody. */
  #channel = new Channel(navigator.locks ? (said) => this.#hear(said) : undefined);
  #client: Client | undefined;
  #module: Promise<WebAssembly.Module> | undefined;
  /** This tab holds the lock, or there is none. */
  #isLeader = false;
  /** Is told who signs in, while the engine waits for that. */
  #onAccount: ((account: Account) => void) | undefined;
  #knows = false;
  /** This tab leads no more, or is about to go: what its engine still says is nobody's business. */
  #isOver = false;
  #failed = false;
  #asks = 0;
  #waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (lost: Lost) => void }>();
  #operations = new Map<number, (end: Event) => void>();
  /** Ends of operations whose number is not known here yet. */
  #ends: Event[] = [];

  /** Is told in the tab that leads. */
  onSignedIn: (me: string) => void = () => {};

  /** Takes part: leads, or follows whoever leads. */
  start() {
    if (!navigator.locks) return void this.#lead();
    this.#channel.say({ say: "hello", from: TAB });
    this.#queue(false);
    // A tab that leads and is fast asleep, as phones put them, answers nobody.
    setTimeout(() => !this.#knows && document.visibilityState === "visible" && this.#queue(true), SILENCE_MS);
  }

  /** Waits for the lock, or takes it away from who has it. */
  #queue(steal: boolean) {
    navigator.locks.request(LOCK, { steal }, () => this.#lead()).catch(() => {
      // It was taken away: this tab follows from now on.
      this.#isOver = true;
      this.#isLeader = false;
      this.#client?.signOut();
      this.#client = undefined;
      this.#queue(false);
    });
  }

  get leads() {
    return this.#isLeader;
  }

  /** Has the engine do something, wherever it is; its answer. Throws why it refused. */
  async ask(call: string, fields: object = {}): Promise<{ message?: string; operation?: number }> {
    const answer = this.leads ? this.#do(call, fields) : await this.#askLeader(call, fields);
    if ("refused" in answer) throw new Error(answer.refused);
    return answer.ok;
  }

  /** The same for what ends in an event of its own; throws why it was not done. */
  async perform(call: string, fields: object): Promise<string | null> {
    const { operation } = await this.ask(call, fields);
    if (operation === undefined) return null;
    const end = await new Promise<Event>((resolve) => {
      const early = this.#ends.find((it) => "operation" in it && it.operation === operation);
      if (early) resolve(early);
      else this.#operations.set(operation, resolve);
    });
    if (end.event === "OperationFailed") throw new Error(end.reason);
    return end.event === "OperationSucceeded" ? end.conversation : null;
  }

  /** Says something; it is shown at once, with what becomes of it. */
  async say(conversation: string, text: string) {
    try {
      await this.ask("send_text", { to: conversation, text });
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      this.tell({ event: "SaidPerhaps", conversation, key: `${TAB} ${++this.#asks}`, text });
    }
  }

  /** Tells all tabs a fact that is no event of the engine's. */
  tell(fact: Fact) {
    const told = { fact, at: Date.now() };
    this.#channel.say({ say: "fact", told });
    this.#apply(told);
  }

  /** Signs in again, in whichever tab the engine is. */
  async signIn() {
    // There is none if it could not be loaded.
    if (this.#failed) return void location.reload();
    this.tell({ event: "Started" });
    await this.ask("sign_in");
  }

  /** Signs in as this person at a network of old, in whichever tab the engine is. */
  async signInAs(account: Account) {
    this.tell({ event: "Started" });
    await this.ask(SIGN_IN_AS, account);
  }

  /** The network is back: nothing waits any longer. */
  wake() {
    if (!this.#client) return;
    this.#client.wake();
    if (this.model.link.value.is === "waiting") this.#client.signIn();
    else this.#catchUp();
  }

  /**
   * Asks for the newest messages of the talks that go on. A reply that the browser has taken and the page never read counts as shown for the
   * service, and what was in it is in the history alone.
   */
  #catchUp() {
    if (this.model.abilities.value?.history === false) return;
    const talks = [...this.model.conversations.values()].filter((it) => it.last && !it.hasLeft);
    talks.sort((a, b) => (b.last?.at ?? 0) - (a.last?.at ?? 0));
    for (const { id } of talks.slice(0, MOST_TALKS)) this.#do("request_history", { to: id });
  }

  /** The page goes away. */
  leave() {
    this.#isOver = true;
    this.#client?.leave();
  }

  /** The page is back as it was (from the cache of the browser's history). */
  comeBack() {
    this.#isOver = false;
    this.#client?.stay();
    if (this.#client) void this.signIn();
  }

  async #lead() {
    this.#channel.say({ say: "leader", from: TAB });
    this.#forget();
    this.#isLeader = true;
    this.#knows = true;
    this.#isOver = false;
    this.tell({ event: "Started" });
    try {
      if (isInFront) await this.#runInFront();
      else await this.#run(await this.#engine(ownService()));
    } catch (error) {
      console.warn(error);
      this.#failed = true;
      this.tell({ event: "SignedOut", reason: "the page could not be loaded whole, or has a fault", code: "Failed", detail: null });
      // The lock stays here: another tab would hardly fare better.
      await new Promise(() => {});
    }
  }

  /** Asks who signs in, and has an engine of theirs run, again and again: what an engine has begun with cannot be changed. */
  async #runInFront() {
    this.tell({ event: "SignedOut", reason: "nobody has signed in", code: "NoPassword", detail: null });
    while (this.#isLeader) {
      const account = await new Promise<Account>((resolve) => (this.#onAccount = resolve));
      this.#onAccount = undefined;
      this.tell({ event: "Started" });
      await this.#run(await this.#engine(network(account)));
    }
  }

  /** The engine tells of people which groups they are in, and has the others too. */
  #tellContactGroups(client: Client) {
    if (!this.model.abilities.value?.contact_groups || this.model.link.value.is !== "online") return;
    const names = client.call("contact_groups") as string[];
    const known = this.model.contactGroups.value;
    if (names.length !== known.length || names.some((name, index) => name !== known[index])) this.tell({ event: "ContactGroups", names });
  }

  #engine(options: Omit<Options, "module">): Promise<Client> {
    this.#module ??= WebAssembly.compileStreaming(fetch(WASM));
    return Client.start({ module: this.#module, ...options });
  }

  /** Has the engine run for as long as the tab is there, and leads; or until it wants another password than it has. */
  async #run(client: Client) {
    this.#client = client;
    client.signIn();
    for (;;) {
      const event = await client.next();
      if (this.#isOver) continue;
      this.tell(event);
      if (event.event === "SignedIn") {
        this.tell({ event: "Abilities", abilities: client.abilities() });
        this.#catchUp();
        this.onSignedIn(event.me);
      }
      if (["SignedIn", "ContactChanged", "OperationSucceeded"].includes(event.event)) this.#tellContactGroups(client);
      if (event.event === "SignedOut" && isInFront && wantsPassword(event.code)) {
        this.#client = undefined;
        return;
      }
    }
  }

  /** Has the engine in this tab do something, and tells what it does by that. */
  #do(call: string, fields: object): Answer {
    if (call === SIGN_IN_AS) {
      this.#onAccount?.(fields as Account);
      return { ok: {} };
    }
    if (!this.#client) return { refused: "not signed in yet" };
    try {
      const ok = (this.#client.call(call, fields) ?? {}) as { message?: string; operation?: number };
      const said = saidBy(call, fields, ok.message);
      if (said) this.tell(said);
      return { ok };
    } catch (error) {
      if (error instanceof Refused) return { refused: error.message };
      return { refused: String(error) };
    }
  }

  #askLeader(call: string, fields: object): Promise<Answer> {
    const id = ++this.#asks;
    this.#channel.say({ say: "ask", from: TAB, id, call, fields });
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  #hear(said: Say) {
    switch (said.say) {
      case "hello":
        if (this.#knows && this.leads) this.#channel.say({ say: "snapshot", to: said.from, model: this.model.snapshot() });
        break;
      case "snapshot":
        if (said.to !== TAB) break;
        this.model.restore(said.model);
        this.#knows = true;
        break;
      case "leader":
        this.#forget();
        if (!this.#knows) this.#channel.say({ say: "hello", from: TAB });
        break;
      case "fact":
        if (this.#knows) this.#apply(said.told);
        break;
      case "ask":
        if (this.leads) {
          const answer = this.#do(said.call, said.fields);
          this.#channel.say({ say: "answer", to: said.from, id: said.id, answer });
        }
        break;
      case "answer":
        if (said.to !== TAB) break;
        this.#waiting.get(said.id)?.resolve(said.answer);
        this.#waiting.delete(said.id);
        break;
    }
  }

  /** What was asked of the one that led is lost, and its numbers mean nothing any more. */
  #forget() {
    for (const { reject } of this.#waiting.values()) reject(new Lost());
    const why = { reason: "the tab that was asked is gone", code: "ConnectionLost", detail: null };
    for (const [operation, end] of this.#operations) end({ event: "OperationFailed", operation, ...why });
    this.#waiting.clear();
    this.#operations.clear();
    this.#ends = [];
  }

  #apply(told: Told) {
    this.model.apply(told);
    const { fact } = told;
    if (fact.event !== "OperationSucceeded" && fact.event !== "OperationFailed") return;
    const waiting = this.#operations.get(fact.operation);
    this.#operations.delete(fact.operation);
    if (waiting) waiting(fact);
    else {
      this.#ends.push(fact);
      if (this.#ends.length > 32) this.#ends.shift();
    }
  }
}

/** The service that this page comes from; the cookies are the browser's. */
function ownService(): Omit<Options, "module"> {
  const { origin, hostname, protocol } = location;
  return { service: origin, plain_http: protocol === "http:" ? [hostname] : [] };
}

/** Whether a session that ended so goes on with a password, and with nothing else. */
export function wantsPassword(code: string): boolean {
  return ["WrongCredentials", "AuthenticationExpired", "NoPassword"].includes(code);
}

/** What a verb that was taken means for what is shown. */
function saidBy(call: string, fields: object, message: string | undefined): Fact | undefined {
  const { to: conversation, text, original } = fields as Record<"to" | "text" | "original", string>;
  if (message === undefined) return undefined;
  switch (call) {
    case "send_text":
      return { event: "Said", conversation, message, text };
    case "send_nudge":
      return { event: "SaidNudge", conversation, message };
    case "edit_message":
      return { event: "SaidEdit", conversation, original, message, text };
    default:
      return undefined;
  }
}
