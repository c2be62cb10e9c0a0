// The groups of the list: made, renamed and removed. Who is in which stands beside each person.

import { useSignal } from "@preact/signals";

import { line } from "../text";
import { useModel, useSession } from "./context";
import { Frame, why } from "./frame";
import { Icon } from "./icons";

/** The longest name that all dialects take, in bytes (msnp8-18.md 2.3). */
const MOST_BYTES = 61;

export function ContactGroups() {
  const session = useSession();
  const model = useModel();
  const [fresh, complaint, isBusy] = [useSignal(""), useSignal(""), useSignal(false)];

  async function run(call: string, fields: object) {
    isBusy.value = true;
    complaint.value = "";
    try {
      await session.perform(call, fields);
      return true;
    } catch (error) {
      complaint.value = why(error as Error);
      return false;
    } finally {
      isBusy.value = false;
    }
  }

  /** A name as it may be, or none. */
  function named(text: string): string | undefined {
    const name = line(text);
    if (new TextEncoder().encode(name).length <= MOST_BYTES) return name || undefined;
    complaint.value = "That name is too long.";
    return undefined;
  }

  async function make() {
    const name = named(fresh.value);
    if (name && (await run("add_contact_group", { name }))) fresh.value = "";
  }

  async function rename(name: string, field: HTMLInputElement) {
    const to = named(field.value);
    if (!to || to === line(name) || !(await run("rename_contact_group", { name, to }))) field.value = line(name);
  }

  const names = model.contactGroups.value;
  return (
    <Frame title="Groups of your list" complaint={complaint.value} isBusy={isBusy.value} onDo={() => void make()}>
      {names.length === 0 && <p class="note">There are none yet.</p>}
      <ul class="contact-groups">
        {names.map((name) => (
          <li key={name}>
            <input
              dir="auto"
              aria-label={`Name of the group ${line(name)}`}
              autocomplete="off"
              value={line(name)}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                event.preventDefault();
                event.currentTarget.blur();
              }}
              onChange={(event) => void rename(name, event.currentTarget)}
            />
            <button
              type="button"
              class="quiet"
              title="Remove; the people stay on the list"
              aria-label={`Remove the group ${line(name)}`}
              disabled={isBusy.value}
              onClick={() => void run("remove_contact_group", { name })}
            >
              <Icon is="close" />
            </button>
          </li>
        ))}
      </ul>
      <div class="inline">
        <input
          dir="auto"
          aria-label="Name of a new group"
          placeholder="New group"
          autocomplete="off"
          value={fresh.value}
          onInput={(event) => (fresh.value = event.currentTarget.value)}
        />
        <button disabled={isBusy.value || !fresh.value.trim()}>Make</button>
      </div>
    </Frame>
  );
}
