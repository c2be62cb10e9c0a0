// What the page's model is told: the engine's events, and what the page itself has done. Every tab is told the same, in the same
// order, and so knows the same.

import type { Event } from "msnp";

export type Fact =
  | Event
  /** One of us has said something: the engine has taken it. */
  | { event: "Said"; conversation: string; message: string; text: string }
  | { event: "SaidNudge"; conversation: string; message: string }
  /** One of us has edited an own message. */
  | { event: "SaidEdit"; conversation: string; original: string; message: string; text: string }
  /** What was to be said by a tab that is gone; whether it was, nobody knows. */
  | { event: "SaidPerhaps"; conversation: string; key: string; text: string }
  /** A failed message is not to be shown any more: it is said again, or given up. */
  | { event: "Dismissed"; conversation: string; key: string }
  /** Somebody has looked at it. */
  | { event: "Read"; conversation: string }
  | { event: "Abilities"; abilities: import("msnp").Abilities }
  /** The groups of the list, those too that nobody is in. */
  | { event: "ContactGroups"; names: string[] }
  /** The person has signed out: no tab shows anything of theirs any more. */
  | { event: "Gone" }
  /** The session has begun anew, and with it everything that was under way ended. */
  | { event: "Started" };

/** A fact with the time at which it was told. */
export type Told = { fact: Fact; at: number };
