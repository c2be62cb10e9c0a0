// The list: who there is. It is where everything starts.

import { computed, signal } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";

import { folded as kept } from "../session/kept";
import { go, view } from "../session/view";
import { changesOf, useSession } from "./context";
import { openDialog } from "./frame";
import { Icon } from "./icons";
import { Mark } from "./mark";
import { OwnHeader } from "./own";
import { rows, type Row } from "./sections";
import { Windowed } from "./windowed";

const filter = signal("");
const folded = signal<ReadonlySet<string>>(new Set(kept.get()));

/** Names the field in which people are looked for. */
export const FIND = "find";

export function List() {
  const { model } = useSession();
  const shown = useMemo(
    () =>
      computed(() => {
        // What the rows are made of.
        void changesOf(model).value;
        void model.own.value;
        void model.contactGroups.value;
        return rows(model, filter.value, folded.value);
      }),
    [model],
  ).value;
  const box = useRef<HTMLElement>(null);
  const current = view.value.conversation;

  function onKeyDown(event: KeyboardEvent) {
    const buttons = [...(box.current?.querySelectorAll<HTMLElement>("li > button.row") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      const next = at < 0 && step < 0 ? undefined : buttons[at + step];
      if (next) next.focus();
      else if (step < 0) document.getElementById(FIND)?.focus();
      event.preventDefault();
    } else if (event.key === "Escape" && filter.value) {
      filter.value = "";
      event.stopPropagation();
    }
  }

  function onFind(event: KeyboardEvent) {
    if (event.key !== "Enter") return;
    const first = shown.find((row) => row.is === "talk");
    if (first?.is === "talk") {
      filter.value = "";
      go(first.id);
    }
  }

  return (
    <nav class="list" aria-label="People" ref={box} onKeyDown={onKeyDown} data-region>
      <OwnHeader />
      <div class="find">
        <input
          id={FIND}
          type="search"
          placeholder="Find"
          aria-label="Find a person or a group"
          aria-keyshortcuts="Control+K"
          autocomplete="off"
          value={filter.value}
          onInput={(event) => (filter.value = event.currentTarget.value)}
          onKeyDown={onFind}
        />
        <button class="quiet" title="Add a person" aria-label="Add a person" onClick={() => openDialog({ is: "add" })}>
          <Icon is="add" />
        </button>
        <button class="quiet" title="New group" aria-label="New group" onClick={() => openDialog({ is: "group" })}>
          <Icon is="group" />
        </button>
      </div>
      <Windowed
        items={shown}
        guess={54}
        label="People"
        row={(row, index) => <ListRow key={keyOf(row)} row={row} position={index} size={shown.length} current={current} />}
      >
        {shown.length === 0 && <Empty isFiltered={filter.value !== ""} />}
      </Windowed>
    </nav>
  );
}

const keyOf = (row: Row) => (row.is === "section" ? `section ${row.name}` : row.id);

function Empty({ isFiltered }: { isFiltered: boolean }) {
  const { model } = useSession();
  if (isFiltered) return <p class="empty">Nobody of that name.</p>;
  if (model.link.value.is !== "online") return null;
  return (
    <p class="empty">
      Nobody is on your list yet.{" "}
      <button class="link" onClick={() => openDialog({ is: "add" })}>
        Add a person
      </button>
    </p>
  );
}

interface RowProps {
  row: Row;
  position: number;
  size: number;
  current: string | undefined;
}

function ListRow({ row, position, size, current }: RowProps) {
  const place = { "aria-posinset": position + 1, "aria-setsize": size };
  switch (row.is) {
    case "section":
      return (
        <li {...place}>
          <button class="row section" aria-expanded={!row.isFolded} onClick={() => fold(row.name)}>
            {row.name} <span>{row.count}</span>
          </button>
        </li>
      );
    case "request":
      return <Request row={row} place={place} />;
    case "talk": {
      return (
        <li {...place}>
          <button
            class={`row talk ${row.isQuiet ? "blocked" : ""}`}
            aria-current={row.id === current ? "true" : undefined}
            onClick={() => go(row.id)}
          >
            <Mark status={row.status} />
            <bdi>{row.name}</bdi>
            {row.unread > 0 && (
              <b class="count">
                {row.unread > 99 ? "99+" : row.unread}
                <span class="unseen"> unread</span>
              </b>
            )}
            <small dir="auto">{row.second}</small>
          </button>
        </li>
      );
    }
  }
}

function Request({ row, place }: { row: Extract<Row, { is: "request" }>; place: object }) {
  const session = useSession();
  return (
    <li {...place} class="request">
      <p>
        <bdi>{row.name}</bdi>
        {row.name !== row.address && <small>{row.address}</small>}
      </p>
      <button class="primary" onClick={() => void session.perform("add_contact", { contact: row.id }).catch(() => {})}>
        Add
      </button>
      <button onClick={() => void session.perform("block", { contact: row.id }).catch(() => {})}>Block</button>
    </li>
  );
}

function fold(name: string) {
  const next = new Set(folded.value);
  if (!next.delete(name)) next.add(name);
  folded.value = next;
  kept.set([...next]);
}
