// What the tabs of one person tell each other. One of them leads: it has the engine, and tells the others all facts.

import type { ModelSnapshot } from "../model/model";
import type { Told } from "../model/fact";

export type Say =
  /** A tab is here and knows nothing. */
  | { say: "hello"; from: string }
  /** All that is known, for a tab that said hello. What is told after it goes on from there. */
  | { say: "snapshot"; to: string; model: ModelSnapshot }
  | { say: "fact"; told: Told }
  /** From now on this tab leads. What was asked of another is lost. */
  | { say: "leader"; from: string }
  | { say: "ask"; from: string; id: number; call: string; fields: object }
  | { say: "answer"; to: string; id: number; answer: Answer };

/** What the engine answers to a verb, or why it refused. */
export type Answer = { ok: { message?: string; operation?: number } } | { refused: string };

/** Names this tab among others; nothing secret. */
export const TAB = Array.from(crypto.getRandomValues(new Uint32Array(2)), (part) => part.toString(36)).join("");

export class Channel {
  #channel: BroadcastChannel | undefined;

  /** Without somebody to hear, nothing is said either. */
  constructor(hear: ((said: Say) => void) | undefined) {
    if (!hear) return;
    this.#channel = new BroadcastChannel("msnp");
    this.#channel.onmessage = ({ data }: MessageEvent<Say>) => hear(data);
  }

  say(said: Say) {
    this.#channel?.postMessage(said);
  }
}
