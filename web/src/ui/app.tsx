// The page: the list, a conversation, its details; one, two or three columns.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { isInFront } from "../session/network";
import { go, view } from "../session/view";
import { Bar } from "./bar";
import { useSession } from "./context";
import { Conversation } from "./conversation";
import { Details } from "./details";
import { Dialogs } from "./dialogs";
import { Gate } from "./gate";
import { FIND, List } from "./list";

/** What a screen reader is to say next. */
export const spoken = signal("");

export function App() {
  const { model } = useSession();
  const { conversation, details } = view.value;
  useEffect(() => {
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
  const isReady = model.me.value !== undefined;
  const hasAsked = useRef(false);
  // Who has been in keeps what there is to see, and is asked beside it.
  if (isInFront && !isReady && (model.link.value.is === "out" || hasAsked.current)) {
    hasAsked.current = true;
    return <Gate />;
  }
  const at = conversation === undefined ? "at-list" : details ? "at-details" : "at-talk";
  return (
    <div class={`app ${at} ${details ? "with-details" : ""}`}>
      <Bar />
      <List />
      {conversation !== undefined && isReady ? (
        <Conversation key={conversation} id={conversation} />
      ) : (
        <main class="conversation nothing" aria-label="Conversation">
          <p>{isReady ? "Choose somebody to talk with." : "Signing in…"}</p>
        </main>
      )}
      {conversation !== undefined && isReady && details && <Details id={conversation} />}
      <p class="unseen" role="status" aria-live="polite">
        {spoken.value}
      </p>
      <Dialogs />
    </div>
  );
}

function onKeyDown(event: KeyboardEvent) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    const { conversation } = view.value;
    // On a phone the list is elsewhere.
    if (document.querySelector<HTMLElement>("nav.list")?.offsetParent === null && conversation !== undefined) go(undefined);
    requestAnimationFrame(() => document.getElementById(FIND)?.focus());
  } else if (event.key === "F6") {
    event.preventDefault();
    toRegion(event.shiftKey ? -1 : 1);
  } else if (event.key === "Escape" && !document.querySelector("dialog[open], :popover-open")) {
    const { conversation, details } = view.value;
    if (conversation !== undefined) go(details ? conversation : undefined);
  }
}

/** Goes to the next part of the page that is to be seen. */
function toRegion(step: number) {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")].filter((it) => it.offsetParent !== null);
  // The innermost that one is in: where one writes is in the conversation.
  const at = regions.findLastIndex((it) => it.contains(document.activeElement));
  const next = regions[(at + step + regions.length) % regions.length];
  const inside = next?.querySelector<HTMLElement>("[aria-current], textarea, .scroll, input, button");
  (inside ?? next)?.focus();
}
