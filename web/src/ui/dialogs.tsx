// What is asked in a window of its own: whom to add, who is in a new group, whether somebody is really to be removed, and the
// password when the service has forgotten the sign-in.

import { useSignal } from "@preact/signals";
import { signIn } from "msnp";

import { bare } from "../model/person";
import { isInFront } from "../session/network";
import { wantsPassword } from "../session/session";
import { go } from "../session/view";
import { line } from "../text";
import { ContactGroups } from "./contact_groups";
import { useModel, useSession } from "./context";
import { asked, close, Frame, why } from "./frame";

export function Dialogs() {
  const { model } = useSession();
  const link = model.link.value;
  // The cookies are no longer good: after a restart of the service, or a day.
  if (link.is === "out" && wantsPassword(link.code)) return <SignIn />;
  switch (asked.value?.is) {
    case "add":
      return <AddPerson />;
    case "group":
      return <NewGroup />;
    case "remove":
      return <Remove id={asked.value.id} />;
    case "contact groups":
      return <ContactGroups />;
    case undefined:
      return null;
  }
}

function AddPerson() {
  const session = useSession();
  const [address, complaint, isBusy] = [useSignal(""), useSignal(""), useSignal(false)];
  async function add() {
    const contact = address.value.trim();
    if (!contact) return;
    isBusy.value = true;
    complaint.value = "";
    try {
      await session.perform("add_contact", { contact });
      close();
    } catch (error) {
      complaint.value = why(error as Error);
    }
    isBusy.value = false;
  }
  return (
    <Frame title="Add a person" does="Add" complaint={complaint.value} isBusy={isBusy.value} onDo={() => void add()}>
      <label class="field">
        Their address
        <input
          autofocus
          required
          type="text"
          inputMode="email"
          autocomplete="off"
          autocapitalize="none"
          placeholder="somebody@example.org"
          value={address.value}
          onInput={(event) => (address.value = event.currentTarget.value)}
        />
      </label>
      <p class="note">They see that you have added them, and can add you too.</p>
    </Frame>
  );
}

/** As many are offered to be chosen from at once; the field above finds the others. */
const OFFERED = 40;

function NewGroup() {
  const session = useSession();
  const model = useModel();
  const [topic, filter, complaint, isBusy] = [useSignal(""), useSignal(""), useSignal(""), useSignal(false)];
  const chosen = useSignal<ReadonlySet<string>>(new Set());
  const wanted = line(filter.value).toLocaleLowerCase();
  const fits = (id: string) => model.name(id).toLocaleLowerCase().includes(wanted) || bare(id).includes(wanted);
  const people = [...model.people.values()].filter((it) => it.contact?.lists.includes("forward") && fits(it.id));
  people.sort((a, b) => model.name(a.id).localeCompare(model.name(b.id)));
  function toggle(id: string) {
    const next = new Set(chosen.value);
    if (!next.delete(id)) next.add(id);
    chosen.value = next;
  }
  async function make() {
    if (chosen.value.size === 0) return void (complaint.value = "Choose at least one person.");
    isBusy.value = true;
    complaint.value = "";
    try {
      const fields = { members: [...chosen.value], ...(topic.value.trim() && { topic: line(topic.value) }) };
      const made = await session.perform("create_group", fields);
      close();
      if (made) go(made);
    } catch (error) {
      complaint.value = why(error as Error);
    }
    isBusy.value = false;
  }
  return (
    <Frame title="New group" does="Make the group" complaint={complaint.value} isBusy={isBusy.value} onDo={() => void make()}>
      <label class="field">
        Topic
        <input
          autofocus
          dir="auto"
          maxLength={200}
          autocomplete="off"
          placeholder="Optional"
          value={topic.value}
          onInput={(event) => (topic.value = event.currentTarget.value)}
        />
      </label>
      <label class="field">
        People{chosen.value.size > 0 ? ` (${chosen.value.size} chosen)` : ""}
        <input
          type="search"
          placeholder="Find"
          autocomplete="off"
          value={filter.value}
          onInput={(event) => (filter.value = event.currentTarget.value)}
        />
      </label>
      <div class="choices" role="group" aria-label="People">
        {people.slice(0, OFFERED).map(({ id }) => (
          <label key={id}>
            <input type="checkbox" checked={chosen.value.has(id)} onChange={() => toggle(id)} />
            <bdi>{model.name(id)}</bdi>
          </label>
        ))}
        {people.length === 0 && <p class="note">Nobody.</p>}
        {people.length > OFFERED && <p class="note">and {people.length - OFFERED} more: find them above</p>}
      </div>
    </Frame>
  );
}

function Remove({ id }: { id: string }) {
  const session = useSession();
  const [complaint, isBusy] = [useSignal(""), useSignal(false)];
  async function remove() {
    isBusy.value = true;
    try {
      await session.perform("remove_contact", { contact: id });
      close();
    } catch (error) {
      complaint.value = why(error as Error);
    }
    isBusy.value = false;
  }
  return (
    <Frame title="Remove from your list?" does="Remove" isDanger complaint={complaint.value} isBusy={isBusy.value} onDo={() => void remove()}>
      <p>
        You no longer see when <bdi>{session.model.name(id)}</bdi> is there. What was said stays.
      </p>
    </Frame>
  );
}

const WRONG = "That account or password is not right.";

function SignIn() {
  const session = useSession();
  const link = session.model.link.value;
  // In front of a network of old it is the engine that finds out.
  const isWrong = isInFront && link.is === "out" && link.code === "WrongCredentials";
  const [login, password, complaint, isBusy] = [useSignal(""), useSignal(""), useSignal(isWrong ? WRONG : ""), useSignal(false)];
  async function again() {
    isBusy.value = true;
    complaint.value = "";
    try {
      if (isInFront) await session.signInAs({ login: login.value.trim(), password: password.value, dialect: undefined });
      else if (await signIn(location.origin, login.value.trim(), password.value)) await session.signIn();
      else complaint.value = WRONG;
    } catch {
      complaint.value = "The service could not be reached.";
    }
    password.value = "";
    isBusy.value = false;
  }
  return (
    <Frame title="Please sign in again" does="Sign in" isFirm complaint={complaint.value} isBusy={isBusy.value} onDo={() => void again()}>
      <p>
        {isInFront ? "The tab that knew your password is gone, or it is no longer right. " : "The service no longer knows your sign-in. "}
        What you see and what you have written is still here.
      </p>
      <label class="field">
        Address
        <input
          autofocus
          required
          type="email"
          name="login"
          autocomplete="username"
          value={login.value}
          onInput={(event) => (login.value = event.currentTarget.value)}
        />
      </label>
      <label class="field">
        Password
        <input
          required
          type="password"
          name="passwd"
          autocomplete="current-password"
          value={password.value}
          onInput={(event) => (password.value = event.currentTarget.value)}
        />
      </label>
    </Frame>
  );
}
