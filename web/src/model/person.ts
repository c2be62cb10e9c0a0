// What is known of the session and of a person, and what they are called when nothing is.

import type { Contact, Presence } from "msnp";

import { line as oneLine } from "../text";

/** How the session is. */
export type Link =
  | { is: "starting"; step: string }
  | { is: "online" }
  | { is: "waiting"; until: number; reason: string; attempt: number }
  | { is: "out"; reason: string; code: string };

export interface Person {
  readonly id: string;
  contact?: Contact;
  presence?: Presence;
}

/** Something that deserves attention. */
export interface News {
  conversation: string;
  who: string;
  text: string;
  where?: string;
  isNudge?: boolean;
}

/** What somebody is called of whom nothing but the address is known. */
export function short(id: string): string {
  return bare(id).replace(/^live:/, "");
}

/** An address as people write it: without the number of the network that the protocol puts in front. */
export function bare(id: string): string {
  return oneLine(id.replace(/^(?:group:)|^\d+:/, ""));
}
