// The page of who is signed in: starts the session, and shows it.

import { effect } from "@preact/signals";
import { render } from "preact";

import { line } from "./text";
import { notify, showUnread } from "./session/attention";
import { profile, readAt } from "./session/kept";
import { Session } from "./session/session";
import { go, view } from "./session/view";
import { App, spoken } from "./ui/app";
import { SessionContext } from "./ui/context";
import { showTheme } from "./ui/own";

/** Nobody has touched anything for so long: they are idle. */
const IDLE_MS = 10 * 60_000;

const session = new Session();
const { model } = session;

showTheme();

model.readAt = (conversation) => (model.me.value ? readAt.get(model.me.value, conversation) : undefined);

model.onNews = (news) => {
  const isLooking = document.visibilityState === "visible" && document.hasFocus();
  const isOpen = view.value.conversation === news.conversation;
  if (isOpen || isLooking) spoken.value = line(`${news.who}${news.isNudge ? " " : ": "}${news.text}`);
  if (news.isNudge && isOpen) shake();
  // One tab for all: the one that has the engine.
  if (session.leads && !(isLooking && isOpen)) notify(news, () => go(news.conversation));
};

model.onGone = () => location.replace("/");

session.onSignedIn = (me) => {
  const [kept, own] = [profile.get(me), model.own.value];
  if (kept.name && !own?.name) void session.ask("set_display_name", { name: kept.name }).catch(() => {});
  if (kept.personal_message && !own?.personal_message) {
    void session.ask("set_personal_message", { text: kept.personal_message }).catch(() => {});
  }
};

function shake() {
  const box = document.querySelector<HTMLElement>("main.conversation");
  box?.classList.remove("shaking");
  // So that a second one begins anew.
  void box?.offsetWidth;
  box?.classList.add("shaking");
}

effect(() => {
  void model.conversationsChanged.value;
  showUnread(model.unread());
});

/** Typing marks run out. */
setInterval(() => model.expire(Date.now()), 1_000);

let idle = 0;
let isIdle = false;
function touched() {
  clearTimeout(idle);
  idle = window.setTimeout(() => setIdle(true), IDLE_MS);
  if (isIdle) setIdle(false);
}
function setIdle(now: boolean) {
  isIdle = now;
  if (session.leads && model.link.value.is === "online") void session.ask("set_idle", { idle: now }).catch(() => {});
}
for (const kind of ["pointerdown", "pointermove", "keydown", "focus"]) addEventListener(kind, touched, { passive: true });
touched();

addEventListener("pagehide", () => session.leave());
addEventListener("pageshow", (event) => event.persisted && session.comeBack());
// What hangs on a network that is gone would hang for long.
addEventListener("online", () => session.wake());

const box = document.getElementById("app");
if (box) {
  box.replaceChildren();
  render(
    <SessionContext.Provider value={session}>
      <App />
    </SessionContext.Provider>,
    box,
  );
}
session.start();
