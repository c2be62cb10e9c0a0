// Where one is: which conversation is open, and whether its details are. It stands in the address, so that the browser's buttons work and a
// reload comes back to the same place.

import { signal } from "@preact/signals";

export interface View {
  conversation: string | undefined;
  details: boolean;
}

function read(): View {
  const [conversation, details] = location.hash.slice(1).split("/");
  let name: string | undefined;
  try {
    name = conversation ? decodeURIComponent(conversation) : undefined;
  } catch {
    // Nobody's address.
  }
  return { conversation: name, details: name !== undefined && details === "details" };
}

export const view = signal<View>(read());

addEventListener("hashchange", () => (view.value = read()));

/** Goes there. Back leads to where one was. */
export function go(conversation: string | undefined, details = false) {
  const hash = conversation === undefined ? "" : `#${encodeURIComponent(conversation)}${details ? "/details" : ""}`;
  if (hash === location.hash) return;
  history.pushState(null, "", hash || location.pathname);
  view.value = { conversation, details };
}
