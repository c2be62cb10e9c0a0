// Calls for attention: the title, the icon, and, for who has asked for them by a click, notifications and a sound.

import { signal } from "@preact/signals";

import type { News } from "../model/person";
import { line } from "../text";
import { wish } from "./kept";

export const notifies = signal(wish.get("notifications") && globalThis.Notification?.permission === "granted");
export const sounds = signal(wish.get("sound"));

const TITLE = "Messenger";

/** The title and the icon carry how many messages are unread. */
export function showUnread(count: number) {
  document.title = count > 0 ? `(${count}) ${TITLE}` : TITLE;
  let icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  if (!icon) {
    icon = document.createElement("link");
    icon.rel = "icon";
    document.head.append(icon);
  }
  icon.href = `data:image/svg+xml,${encodeURIComponent(drawn(count))}`;
}

function drawn(count: number): string {
  const badge = `<circle cx="22" cy="10" r="10" fill="#c92a2a"/><text x="22" y="15" font-family="sans-serif" font-size="14"
    font-weight="700" text-anchor="middle" fill="#fff">${count > 9 ? "9+" : count}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#0b7a75" d="M16 4C8.800 4 3 8.900 3 15c0 3.400 1.800 6.500
    4.700 8.500L6.500 29l6-3.300c1.100.2 2.300.3 3.500.3 7.200 0 13-4.900 13-11S23.200 4 16 4z"/>${count > 0 ? badge : ""}</svg>`;
}

/** Asks for notifications, or wants none any more. Only after a click. */
export async function setNotifies(isOn: boolean) {
  const granted = isOn && (await globalThis.Notification?.requestPermission()) === "granted";
  notifies.value = granted;
  wish.set("notifications", granted);
}

export function setSounds(isOn: boolean) {
  sounds.value = isOn;
  wish.set("sound", isOn);
  if (isOn) ring();
}

/** Tells somebody who is not looking. */
export function notify(news: News, open: () => void) {
  if (sounds.value) ring();
  if (!notifies.value) return;
  const where = news.where ? ` (${line(news.where)})` : "";
  try {
    // One for each conversation: a newer one takes the place of the one before.
    const shown = new Notification(line(news.who) + where, { body: line(news.text).slice(0, 200), tag: news.conversation });
    shown.onclick = () => {
      window.focus();
      open();
      shown.close();
    };
  } catch {
    // Phones have them for service workers alone.
  }
}

let audio: AudioContext | undefined;

/** Two short notes. */
function ring() {
  audio ??= new AudioContext();
  const start = audio.currentTime;
  for (const [after, tone] of [
    [0, 660],
    [0.12, 880],
  ] as const) {
    const [note, loudness] = [audio.createOscillator(), audio.createGain()];
    note.frequency.value = tone;
    loudness.gain.setValueAtTime(0.0001, start + after);
    loudness.gain.exponentialRampToValueAtTime(0.12, start + after + 0.015);
    loudness.gain.exponentialRampToValueAtTime(0.0001, start + after + 0.22);
    note.connect(loudness).connect(audio.destination);
    note.start(start + after);
    note.stop(start + after + 0.25);
  }
}
