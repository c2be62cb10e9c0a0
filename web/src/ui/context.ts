// What every part of the page works with.

import { effect, signal, type ReadonlySignal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Conversation } from "../model/conversation";
import type { Model } from "../model/model";
import type { Session } from "../session/session";
import { gathered } from "./gathered";

export const SessionContext = createContext<Session | undefined>(undefined);

const changed = new WeakMap<Model, ReadonlySignal<number>>();

/** Counts up when people or conversations have changed. */
export function changesOf(model: Model): ReadonlySignal<number> {
  const known = changed.get(model);
  if (known) return known;
  const count = signal(0);
  changed.set(model, count);
  const show = gathered(() => (count.value = count.peek() + 1));
  effect(() => {
    void model.peopleChanged.value;
    void model.conversationsChanged.value;
    show();
  });
  return count;
}

/**
 * The model, for a component that shows people and conversations: it is shown anew when any of them changes, and when something changes in
 * `talk`. What a component does not read here it is not shown anew for.
 */
export function useModel(talk?: Conversation): Model {
  const { model } = useSession();
  void changesOf(model).value;
  void model.own.value;
  void talk?.changed.value;
  return model;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("outside of the page");
  return session;
}
