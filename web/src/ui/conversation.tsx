// One conversation: what was said, and where one says something.

import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { day, full, hour, isSameDay } from "../clock";
import { goesOn, type Conversation as Talk, type Line } from "../model/conversation";
import { words } from "../model/status";
import { readAt } from "../session/kept";
import { go, view } from "../session/view";
import { isEmoji, line as oneLine } from "../text";
import { Composer } from "./composer";
import { useModel, useSession } from "./context";
import { Icon } from "./icons";
import { Mark } from "./mark";
import { Words } from "./text";
import { Windowed } from "./windowed";

/** After so long it is asked again for what has not come. */
const AGAIN_MS = 5_000;

export function Conversation({ id }: { id: string }) {
  const session = useSession();
  const model = useModel();
  const talk = model.open(id);
  void talk.changed.value;
  const list = useRef<Windowed<Line>>(null);
  const isAtEnd = useRef(true);
  const isAsking = useRef(false);
  const isOnline = model.link.value.is === "online";

  /** Asks for older lines, one page at a time. */
  function older() {
    if (isAsking.current || !isOnline || model.abilities.value?.history === false) return;
    if (talk.hasHistory && talk.more === null) return;
    const mark = talk.hasHistory ? talk.more : undefined;
    talk.hasHistory = true;
    isAsking.current = true;
    session
      .perform("request_history", { to: id, ...(mark && { mark }) })
      .then(() => (isAsking.current = false))
      .catch(() => {
        talk.hasHistory = mark !== undefined;
        // Not again at once: this is asked for whenever one looks.
        setTimeout(() => (isAsking.current = false), AGAIN_MS);
      });
  }

  function look() {
    if (!isAtEnd.current || document.visibilityState !== "visible" || !document.hasFocus()) return;
    const { last } = talk;
    if (last && model.me.value) readAt.set(model.me.value, id, Math.max(last.at, readAt.get(model.me.value, id) ?? 0));
    if (talk.unread > 0) session.tell({ event: "Read", conversation: id });
  }

  useEffect(() => {
    older();
  }, [id, isOnline]);
  // Whatever comes, and whenever one comes back to the page.
  useEffect(
    () =>
      effect(() => {
        void talk.changed.value;
        setTimeout(look);
      }),
    [talk],
  );
  useEffect(() => {
    addEventListener("focus", look);
    return () => removeEventListener("focus", look);
  }, [talk]);

  const lines = [...talk.lines];
  return (
    <main class={`conversation ${talk.isGroup ? "group" : ""}`} data-region aria-labelledby="title">
      <Header talk={talk} />
      <Windowed
        key={id}
        ref={list}
        items={lines}
        guess={44}
        fromEnd
        label="Messages"
        class="talk"
        onStart={older}
        onEnd={(isEnd) => {
          isAtEnd.current = isEnd;
          look();
        }}
        row={(line, index) => <Row key={line.key} line={line} before={lines[index - 1]} talk={talk} />}
      >
        {lines.length === 0 && <Beginning talk={talk} />}
      </Windowed>
      <Typing talk={talk} />
      {talk.unread > 0 && (
        <button class="jump" onClick={() => list.current?.toEnd()}>
          {talk.unread === 1 ? "1 new message" : `${talk.unread} new messages`}
        </button>
      )}
      <Composer key={`composer ${id}`} talk={talk} onSaid={() => list.current?.toEnd()} />
    </main>
  );
}

function Header({ talk }: { talk: Talk }) {
  const session = useSession();
  const model = useModel(talk);
  const status = model.status(talk.id);
  const message = model.people.get(talk.id)?.presence?.personal_message;
  const second = talk.isGroup
    ? `${talk.members.length} people`
    : [model.isOn(talk.id, "forward") ? words(status) : "Not on your list", message && oneLine(message)].filter(Boolean).join(" · ");
  const isOpen = view.value.details;
  return (
    <header class="title">
      <button class="quiet back" aria-label="Back to the list" onClick={() => go(undefined)}>
        <Icon is="back" />
      </button>
      <Mark status={talk.isGroup ? undefined : status} />
      <h1 id="title" tabIndex={-1}>
        <bdi>{model.title(talk)}</bdi>
        <small dir="auto">{second}</small>
      </h1>
      {model.abilities.value?.nudges !== false && (
        <button
          class="quiet"
          title="Nudge"
          aria-label="Nudge"
          onClick={() => void session.ask("send_nudge", { to: talk.id }).catch(() => {})}
        >
          <Icon is="nudge" />
        </button>
      )}
      <button class="quiet" title="Details" aria-label="Details" aria-expanded={isOpen} onClick={() => go(talk.id, !isOpen)}>
        <Icon is="info" />
      </button>
    </header>
  );
}

function Beginning({ talk }: { talk: Talk }) {
  const model = useModel(talk);
  if (talk.isGroup) return <p class="empty">Nothing was said here yet.</p>;
  const isOff = !model.status(talk.id) || model.status(talk.id) === "offline";
  const later = isOff && model.abilities.value?.offline_messages ? " They will get it when they sign in." : "";
  return (
    <p class="empty">
      Say something to <bdi>{model.name(talk.id)}</bdi>.{later}
    </p>
  );
}

/** Its place is always there, so that nothing moves. */
function Typing({ talk }: { talk: Talk }) {
  const model = useModel(talk);
  const names = [...talk.typing.keys()].map((who) => model.name(who));
  const text = names.length === 0 ? "" : names.length > 2 ? "Several people are typing" : `${names.join(" and ")} ${names.length > 1 ? "are" : "is"} typing`;
  return (
    <p class="typing" dir="auto">
      {text && <span>{text}</span>}
    </p>
  );
}

function Row({ line, before, talk }: { line: Line; before: Line | undefined; talk: Talk }) {
  const model = useModel();
  const isNewDay = !before || !isSameDay(line.at, before.at);
  const on = goesOn(line, before);
  const separator = isNewDay && <h2 class="day">{day(line.at)}</h2>;
  if (line.kind !== "text") {
    const words = line.kind === "note" ? line.text : line.isMine ? "You have sent a nudge" : `${model.name(line.from)} has sent a nudge`;
    return (
      <li class={`event ${line.kind}`}>
        {separator}
        <p dir="auto">
          {words} <time>{hour(line.at)}</time>
        </p>
        {line.kind === "nudge" && line.isMine && <Outcome line={line} talk={talk} />}
      </li>
    );
  }
  return (
    <li class={`line ${line.isMine ? "mine" : "theirs"} ${on ? "on" : "first"} ${line.fate ?? ""}`}>
      {separator}
      {!on && (
        <p class="author">
          <bdi>{line.isMine ? "You" : model.name(line.from)}</bdi> <time title={full(line.at)}>{hour(line.at)}</time>
        </p>
      )}
      <div class={`bubble ${line.isDeleted ? "deleted" : ""} ${isEmoji(line.text) ? "emoji" : ""}`} dir="auto" title={full(line.at)}>
        {line.isDeleted ? "Deleted" : <Words text={line.text} />}
      </div>
      {line.before && line.before.length > 0 && <Before line={line} />}
      {line.isMine && <Outcome line={line} talk={talk} />}
    </li>
  );
}

/** What stood there before, for who asks. */
function Before({ line }: { line: Line }) {
  return (
    <details class="before">
      <summary>{line.isDeleted ? "what it was" : "edited"}</summary>
      {line.before?.map((text, index) => (
        <p key={index} dir="auto">
          {text}
        </p>
      ))}
    </details>
  );
}

function Outcome({ line, talk }: { line: Line; talk: Talk }) {
  const session = useSession();
  function again() {
    session.tell({ event: "Dismissed", conversation: talk.id, key: line.key });
    if (line.kind === "nudge") void session.ask("send_nudge", { to: talk.id }).catch(() => {});
    else void session.say(talk.id, line.text).catch(() => {});
  }
  switch (line.fate) {
    case "sending":
      return <p class="fate">Sending…</p>;
    case "failed":
      return (
        <p class="fate bad">
          Not delivered: {line.why}.{" "}
          <button class="link" onClick={again}>
            Send again
          </button>
        </p>
      );
    case "unsure":
      return (
        <p class="fate unsure">
          {line.why}{" "}
          <button class="link" onClick={again}>
            Send again
          </button>
        </p>
      );
    default:
      return null;
  }
}
