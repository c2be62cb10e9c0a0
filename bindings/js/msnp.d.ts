/**
 * A whole client of MSN Messenger: the machine of `msnp-client` as WebAssembly, and its driver over `fetch`.
 *
 * People, conversations, messages and operations are named by strings and numbers that mean nothing else: a person is `bob@example.org` or
 * `8:live:bob`, a conversation is the person, or `group:` and the group's name.
 */

/** All of the configuration of a client (the guide of `msnp-mapping`); `host_cookies` is true unless it says otherwise or names a `network`. */
export interface Options {
  /** The compiled engine, `msnp.wasm`; a promise of it will do. */
  module: WebAssembly.Module | Promise<WebAssembly.Module>;
  /** The service's address, `https://msn.example`; of a page that the service itself has served, `location.origin`. */
  service?: string;
  /** Instead of a service: a network of MSNP7 to MSNP18 behind a gateway, with `login` and `password`. In a page, through `relayFetch`. */
  network?: Network;
  login?: string;
  password?: string;
  /** Hosts that may have passwords and cookies over plain http; this machine always may. */
  plain_http?: string[];
  /** What carries the requests. Default: `fetch`. Under node, one that keeps cookies: `cookieFetch()`. */
  fetch?: typeof fetch;
  /** 32 random bytes. Default: from `crypto`. Two clients with the same seed are taken for one. */
  seed?: Uint8Array;
  [field: string]: unknown;
}

/** Where the parts of a network of old are; what is left out is at its usual path below `web`. */
export interface Network {
  gateway: string;
  web: string;
  login_url?: string;
  nexus?: string;
  token_service?: string;
  lists?: { membership: string; address_book: string };
  offline_messages?: { fetch: string; store: string };
  plain_http?: string[];
}

/** A verb was not even tried; nothing has happened. */
export class Refused extends Error {
  /** `SignedOut`, `Full`, `TooLong`, `NotAGroup`, `Oneself`, `NotPossible`. */
  readonly code: string;
}

/**
 * A client that keeps no cookies itself: whoever holds them (the browser, or `cookieFetch`) has signed in at the service's page, for example by
 * `signIn`. Verbs throw `Refused`; what they give comes again in the events that tell what became of it.
 */
export class Client implements AsyncIterable<Event> {
  /** A client that is signed out. */
  static start(options: Options): Promise<Client>;
  /** Signs in, and stays so until `SignedOut` is told. While it waits before another attempt, it makes that at once. */
  signIn(): void;
  signOut(): void;
  /** Says good-bye from a page that is about to go away (`pagehide`). */
  leave(): void;
  /** The network is another one, or is back (`online`): connections are tried anew at once. That the machine was asleep it finds out itself. */
  wake(): void;
  /** The page that was about to go away is back (`pageshow`); it is signed out. */
  stay(): void;

  /** The program has this message (with `acknowledge_by_hand`). */
  acknowledge(receipt: number): void;

  /** Each gives the message's name, which ends in exactly one of `MessageDelivered`, `MessageFailed`, `MessageUncertain`. */
  sendText(conversation: string, text: string): string;
  /** The same, saying how it is to look; what is left out is as usual. */
  sendTextWith(conversation: string, text: string, looks: Partial<Looks>): string;
  /** An empty text deletes the message. */
  editMessage(conversation: string, original: string, text: string): string;
  sendNudge(conversation: string): string;
  sendTyping(conversation: string, typing: boolean): void;

  /** Each gives an operation, which ends in `OperationSucceeded` or `OperationFailed`. */
  requestHistory(conversation: string, mark?: string): number;
  setStatus(status: Status): number;
  setPersonalMessage(text: string): number;
  setDisplayName(name: string): number;
  setIdle(idle: boolean): number;
  /** Which display picture one has: the `<msnobj …/>` that names it, or null for none. */
  setPicture(picture: string | null): number;
  /** Signs another of one's own places out, by its GUID. */
  signOutEndpoint(endpoint: string): number;
  addContact(contact: string): number;
  removeContact(contact: string): number;
  block(contact: string): number;
  unblock(contact: string): number;
  /** Whether whoever is on neither the allow nor the block list may see one and write. */
  allowOthers(allowed: boolean): number;
  addContactGroup(name: string): number;
  renameContactGroup(name: string, to: string): number;
  /** Who was in it stays on the list. */
  removeContactGroup(name: string): number;
  putIntoContactGroup(contact: string, name: string): number;
  takeOutOfContactGroup(contact: string, name: string): number;
  createGroup(members: string[], topic?: string): number;
  addMember(conversation: string, contact: string): number;
  removeMember(conversation: string, contact: string): number;
  leaveGroup(conversation: string): number;
  setTopic(conversation: string, topic: string): number;

  /** What is known without asking the service. Whether what is sent now goes out at once. */
  isSignedIn(): boolean;
  /** Under which name one is known. */
  account(): string | null;
  /** The dialect that is spoken, or offered next: `MSNP24`. */
  dialect(): string;
  /** What the network that it is on has the means for. */
  abilities(): Abilities;
  contacts(): Contact[];
  contactGroups(): string[];
  /** The same as was said to `allowOthers`, once the service has said so. */
  othersAllowed(): boolean | null;
  /** The name that stays, after `ContactRenamed`. */
  contactId(contact: string): string;
  presence(contact: string): Presence;
  groups(): Group[];
  /** Any verb by its name. */
  call(verb: string, fields?: object): unknown;

  /** The next event, when there is one. Fails if the engine has found a fault of its own; it is not to be called again then. */
  next(): Promise<Event>;
  /** Events until it is signed out, that one included. Whoever takes none stops the engine from reading on: nothing grows. */
  [Symbol.asyncIterator](): AsyncIterator<Event>;
}

/**
 * Signs in at the service's sign-in page as a person does who fills it in: whoever keeps the cookies has them then. Whether the service
 * has accepted the password.
 */
export function signIn(service: string, login: string, password: string, fetch?: typeof globalThis.fetch): Promise<boolean>;

/** A `fetch` that keeps cookies for those requests that want them, and shows them to nobody, as a browser's does. For node. */
export function cookieFetch(carrier?: typeof fetch): typeof fetch;

/**
 * A `fetch` for a page in front of a network of old: its calls below `/relay/` write the headers that pages may not write, and show those that
 * pages are not shown, as the relay of `msnp serve --upstream` lets them.
 */
export function relayFetch(fetch?: typeof globalThis.fetch): typeof globalThis.fetch;

/** Under node: the engine from this package's folder, or from a path. */
export function load(path?: string | URL): Promise<WebAssembly.Module>;

export type Status =
  | "online" | "busy" | "away" | "be right back" | "idle" | "on the phone" | "out to lunch" | "hidden" | "offline"
  | (string & {});

export interface Abilities {
  personal_message: boolean;
  picture: boolean;
  nudges: boolean;
  edits: boolean;
  history: boolean;
  privacy: boolean;
  contact_groups: boolean;
  groups: boolean;
  group_administration: boolean;
  lasting_groups: boolean;
  offline_messages: boolean;
  several_endpoints: boolean;
  endpoint_sign_out: boolean;
}

export type List = "forward" | "allow" | "block" | "reverse" | "pending";

export interface Contact {
  contact: string;
  name: string | null;
  lists: List[];
  groups: string[];
}

export interface Presence {
  status: Status;
  name: string | null;
  personal_message: string | null;
  endpoints: { endpoint: string; name: string | null; idle: boolean }[];
  picture: string | null;
}

export interface Group {
  conversation: string;
  topic: string | null;
  members: { contact: string; admin: boolean }[];
}

export interface Message {
  message: string;
  conversation: string;
  from: string;
  from_name: string | null;
  text: string;
  format: "plain" | "rich" | "other";
  format_name: string | null;
  looks: Looks;
  /** Milliseconds since 1970 by the service's clock. */
  sent_at_ms: number | null;
  /** It waited at the service, or comes from the history. */
  delayed: boolean;
  receipt: number | null;
}

/** How a text is to look. */
export interface Looks {
  font: string | null;
  /** `#rrggbb`. */
  colour: string;
  bold: boolean;
  italic: boolean;
  underline: boolean;
  strikethrough: boolean;
  right_to_left: boolean;
}

/** Why something ended or did not happen: for people, for programs, and what else there is to know. */
export interface Why {
  reason: string;
  code: string;
  detail: number | string | null;
}

export type Fate = { conversation: string; message: string };

export type Event =
  | { event: "SignInProgress"; step: string }
  | { event: "SignedIn"; me: string }
  | ({ event: "ContactChanged" } & Contact)
  | { event: "ContactRemoved"; contact: string }
  | { event: "ContactRenamed"; before: string; now: string }
  | ({ event: "PresenceChanged"; contact: string } & Presence)
  | ({ event: "OwnPresence"; this_endpoint: string } & Presence)
  | ({ event: "MessageReceived" } & Message)
  | { event: "Typing"; conversation: string; from: string; typing: boolean }
  | { event: "Nudge"; conversation: string; from: string }
  | ({ event: "MessageEdited"; original: string } & Message)
  | ({ event: "MessageDelivered" } & Fate)
  | ({ event: "MessageFailed" } & Fate & Why)
  | ({ event: "MessageUncertain" } & Fate & Why)
  | ({ event: "GroupChanged" } & Group)
  | { event: "GroupLeft"; conversation: string }
  | { event: "History"; operation: number | null; conversation: string; messages: Message[]; more: string | null }
  | { event: "OperationSucceeded"; operation: number; conversation: string | null }
  | ({ event: "OperationFailed"; operation: number } & Why)
  | ({ event: "Reconnecting"; attempt: number; wait_ms: number } & Why)
  | ({ event: "SignedOut" } & Why)
  | { event: "Frame"; side: "client" | "server"; base64: string }
  | { event: "Other" };
