// Oneself: how one is shown to others, and what can be set.

import { signal } from "@preact/signals";
import { useRef } from "preact/hooks";

import { CHOICES, shape, words } from "../model/status";
import { notifies, setNotifies, setSounds, sounds } from "../session/attention";
import { line } from "../text";
import { profile, theme, type Theme } from "../session/kept";
import { isInFront } from "../session/network";
import { isOffline } from "./bar";
import { useSession } from "./context";
import { openDialog } from "./frame";
import { Icon } from "./icons";
import { Mark } from "./mark";

const chosen = signal<Theme>(theme.get());

export function OwnHeader() {
  const session = useSession();
  const { model } = session;
  const own = model.own.value;
  const status = model.link.value.is === "online" && !isOffline.value ? (own?.status ?? "online") : "offline";
  const message = own?.personal_message ? line(own.personal_message) : "";
  void model.me.value;
  return (
    <header class="own">
      <button class="quiet who" popovertarget="own-menu" title="Status and settings">
        <Mark status={status} />
        <bdi>{model.ownName()}</bdi>
        <Icon is="down" />
      </button>
      <PersonalMessage message={message} />
      <Menu status={status} />
    </header>
  );
}

function PersonalMessage({ message }: { message: string }) {
  const session = useSession();
  if (session.model.abilities.value?.personal_message === false) return null;
  function set(event: Event) {
    const field = event.currentTarget as HTMLInputElement;
    const text = line(field.value);
    if (text === message) return;
    if (session.model.me.value) profile.set(session.model.me.value, { personal_message: text });
    void session.perform("set_personal_message", { text }).catch(() => (field.value = message));
  }
  return (
    <input
      class="personal"
      aria-label="Your personal message"
      placeholder="Share a personal message"
      dir="auto"
      maxLength={250}
      autocomplete="off"
      value={message}
      onChange={set}
      onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
    />
  );
}

function Menu({ status }: { status: string }) {
  const session = useSession();
  void session.model.own.value;
  const box = useRef<HTMLDivElement>(null);
  const close = () => box.current?.hidePopover();
  function rename(event: Event) {
    const field = event.currentTarget as HTMLInputElement;
    const name = line(field.value);
    if (!name || name === session.model.ownName()) return;
    if (session.model.me.value) profile.set(session.model.me.value, { name });
    void session.perform("set_display_name", { name }).catch(() => {});
  }
  return (
    <div id="own-menu" popover="auto" class="menu" ref={box}>
      <fieldset>
        <legend>Status</legend>
        {CHOICES.map((choice) => (
          <label key={choice}>
            <input
              type="radio"
              name="status"
              checked={status === choice}
              onChange={() => {
                void session.perform("set_status", { status: choice }).catch(() => {});
                close();
              }}
            />
            <i class={`mark ${shape(choice)}`} /> {words(choice)}
          </label>
        ))}
      </fieldset>
      <label class="field">
        Name
        <input value={session.model.ownName()} dir="auto" maxLength={120} autocomplete="off" onChange={rename} />
      </label>
      <fieldset>
        <legend>This page</legend>
        <label>
          <input type="checkbox" checked={notifies.value} onChange={(event) => void setNotifies(event.currentTarget.checked)} />
          Notify me of messages
        </label>
        <label>
          <input type="checkbox" checked={sounds.value} onChange={(event) => setSounds(event.currentTarget.checked)} />
          Play a sound
        </label>
        <label class="field">
          Colours
          <select value={chosen.value} onChange={(event) => setTheme(event.currentTarget.value as Theme)}>
            <option value="system">As the system</option>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
          </select>
        </label>
      </fieldset>
      {session.model.abilities.value?.contact_groups && (
        <button
          class="link"
          onClick={() => {
            close();
            openDialog({ is: "contact groups" });
          }}
        >
          Groups of your list
        </button>
      )}
      <p>
        {!isInFront && <a href="/about">About this service</a>}
        <button class="link" onClick={() => void signOut(session)}>
          Sign out
        </button>
      </p>
    </div>
  );
}

function setTheme(next: Theme) {
  chosen.value = next;
  theme.set(next);
  showTheme();
}

/** Shows the colours that were chosen. */
export function showTheme() {
  document.documentElement.dataset["theme"] = chosen.value;
}

/** Says good-bye, has the service forget the sign-in, and sends every tab to the form. */
async function signOut(session: ReturnType<typeof useSession>) {
  await session.ask("sign_out").catch(() => {});
  const { link } = session.model;
  // The good-bye goes by the cookies that are about to be forgotten. The engine itself does not wait for ever.
  if (link.value.is !== "out") {
    await new Promise<void>((resolve) => {
      const stop = link.subscribe(({ is }) => {
        if (is !== "out") return;
        resolve();
        queueMicrotask(() => stop());
      });
    });
  }
  if (!isInFront) await fetch("/logout.srf", { method: "POST", redirect: "manual", credentials: "include" }).catch(() => {});
  session.tell({ event: "Gone" });
}
