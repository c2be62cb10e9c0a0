// What every part of the page works with.

import { createContext } from "preact";
import { useContext } from "preact/hooks";

import type { Conversation } from "../model/conversation";
import type { Model } from "../model/model";
import type { Session } from "../session/session";

export const SessionContext = createContext<Session | undefined>(undefined);

/**
 * The model, for a component that shows people and conversations: it is shown anew when any of them changes, and when something changes in
 * `talk`. What a component does not read here it is not shown anew for.
 */
export function useModel(talk?: Conversation): Model {
  const { model } = useSession();
  void model.peopleChanged.value;
  void model.conversationsChanged.value;
  void model.own.value;
  void talk?.changed.value;
  return model;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("outside of the page");
  return session;
}
