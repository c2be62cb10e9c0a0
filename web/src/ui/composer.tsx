// Where one writes. What was written stays written: it is kept as a draft with every key.

import { signal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import type { Conversation as Talk } from "../model/conversation";
import { draft } from "../session/kept";
import { useModel, useSession } from "./context";
import { Icon } from "./icons";

/** Which message is being edited. */
export const edit = signal<{ conversation: string; key: string } | undefined>(undefined);

/** How often the other side is told that one is still typing. */
const TYPING_EVERY_MS = 5_000;

/** Without a key for so long one has stopped. */
const STOPPED_MS = 8_000;

/** The longest text that the engine takes, in bytes. */
const MOST_BYTES = 16 * 1024;

export function Composer({ talk, onSaid }: { talk: Talk; onSaid: () => void }) {
  const session = useSession();
  const model = useModel(talk);
  const field = useRef<HTMLTextAreaElement>(null);
  const typing = useRef({ told: 0, stop: 0 });
  const complaint = useRef(signal("")).current;
  const me = model.me.value ?? "";
  const isEditing = edit.value?.conversation === talk.id;

  useEffect(() => {
    if (field.current && !isEditing) field.current.value = draft.get(me, talk.id);
    return () => stopTyping();
  }, [me, talk]);
  // Before anybody can type again: later, it would be written over what they have.
  useLayoutEffect(() => {
    const box = field.current;
    if (!box) return;
    const line = isEditing ? talk.find(edit.value?.key ?? "") : undefined;
    if (line) {
      box.value = line.text;
      box.setSelectionRange(line.text.length, line.text.length);
      box.focus();
    }
  }, [isEditing]);
  useEffect(() => {
    // A phone would bring its keyboard up.
    if (matchMedia("(hover: hover)").matches) field.current?.focus({ preventScroll: true });
  }, [talk]);

  function stopTyping() {
    clearTimeout(typing.current.stop);
    if (typing.current.told === 0) return;
    typing.current.told = 0;
    void session.ask("send_typing", { to: talk.id, typing: false }).catch(() => {});
  }

  function onInput() {
    const text = field.current?.value ?? "";
    complaint.value = new TextEncoder().encode(text).length > MOST_BYTES ? "This is too long for one message." : "";
    if (isEditing) return;
    draft.set(me, talk.id, text);
    clearTimeout(typing.current.stop);
    if (text.trim() === "") return stopTyping();
    typing.current.stop = window.setTimeout(stopTyping, STOPPED_MS);
    const now = Date.now();
    if (now - typing.current.told < TYPING_EVERY_MS) return;
    typing.current.told = now;
    void session.ask("send_typing", { to: talk.id, typing: true }).catch(() => {});
  }

  function endEdit() {
    edit.value = undefined;
    complaint.value = "";
    if (field.current) field.current.value = draft.get(me, talk.id);
  }

  async function send() {
    const box = field.current;
    if (!box || complaint.value) return;
    const text = box.value.trim();
    const key = edit.value?.key;
    if (isEditing && key !== undefined) {
      const line = talk.find(key);
      if (line && text !== line.text) {
        const asked = session.ask("edit_message", { to: talk.id, original: line.id, text });
        await asked.catch((error: Error) => (complaint.value = sentence(error)));
      }
      if (!complaint.value) endEdit();
      return;
    }
    if (text === "") return;
    // Gone from the field before the answer, so that it cannot be said twice; back if it is not taken.
    box.value = "";
    stopTyping();
    try {
      await session.say(talk.id, text);
      draft.set(me, talk.id, box.value);
      onSaid();
    } catch (error) {
      if (box.value === "") box.value = text;
      complaint.value = sentence(error as Error);
    }
  }

  function onKeyDown(event: KeyboardEvent) {
    // Enter ends a word in the input of Chinese, Japanese and Korean.
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      void send();
    } else if (event.key === "ArrowUp" && !isEditing && field.current?.value === "" && model.abilities.value?.edits !== false) {
      const last = talk.lastOwn();
      if (!last) return;
      event.preventDefault();
      edit.value = { conversation: talk.id, key: last.key };
    } else if (event.key === "Escape" && isEditing) {
      event.stopPropagation();
      endEdit();
    }
  }

  if (talk.hasLeft) return <p class="composer left">You are no longer in this group.</p>;
  return (
    <form
      class="composer"
      data-region
      aria-label="Write a message"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {isEditing && (
        <p class="editing">
          Editing your message; empty, it is deleted.{" "}
          <button type="button" class="link" onClick={endEdit}>
            Cancel
          </button>
        </p>
      )}
      {complaint.value && (
        <p class="complaint" role="alert">
          {complaint.value}
        </p>
      )}
      <textarea
        ref={field}
        rows={1}
        dir="auto"
        aria-label={`Message to ${model.title(talk)}`}
        placeholder="Write a message"
        onInput={onInput}
        onKeyDown={onKeyDown}
      />
      <button class="primary send" aria-label={isEditing ? "Save" : "Send"}>
        <Icon is="send" />
      </button>
    </form>
  );
}

function sentence(error: Error): string {
  const text = error.message;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
