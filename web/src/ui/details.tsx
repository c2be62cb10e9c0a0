// Who one is talking with: the person, or the people of the group, and what can be done about them.

import { signal, useSignal } from "@preact/signals";

import type { Conversation as Talk } from "../model/conversation";
import { bare } from "../model/person";
import { words } from "../model/status";
import { go } from "../session/view";
import { line } from "../text";
import { useModel, useSession } from "./context";
import { openDialog } from "./frame";
import { Icon } from "./icons";
import { Mark } from "./mark";

const failed = signal("");

export function Details({ id }: { id: string }) {
  const model = useModel();
  const talk = model.open(id);
  void talk.changed.value;
  return (
    <aside class="details" aria-label="Details" data-region>
      <header class="title">
        <button class="quiet back" aria-label="Back to the conversation" onClick={() => go(id)}>
          <Icon is="back" />
        </button>
        <h2 tabIndex={-1}>{talk.isGroup ? "Group" : "Person"}</h2>
        <button class="quiet shut" title="Close" aria-label="Close the details" onClick={() => go(id)}>
          <Icon is="close" />
        </button>
      </header>
      <div class="scroll">{talk.isGroup ? <Group talk={talk} /> : <Person id={id} />}</div>
      {failed.value && (
        <p class="complaint" role="alert">
          {failed.value}
        </p>
      )}
    </aside>
  );
}

/** Does something, or says why not. */
function useDo() {
  const session = useSession();
  return (call: string, fields: object) => {
    failed.value = "";
    session.perform(call, fields).catch((error: Error) => (failed.value = `That did not work: ${error.message}.`));
  };
}

function Person({ id }: { id: string }) {
  const model = useModel();
  const run = useDo();
  const presence = model.people.get(id)?.presence;
  const isOn = model.isOn(id, "forward");
  const isBlocked = model.isOn(id, "block");
  const itself = presence?.name ? line(presence.name) : "";
  return (
    <>
      <p class="big">
        <Mark status={model.status(id)} />
        <bdi>{model.name(id)}</bdi>
      </p>
      <dl>
        <dt>Address</dt>
        <dd>{bare(id)}</dd>
        {isOn && (
          <>
            <dt>Status</dt>
            <dd>{words(model.status(id))}</dd>
          </>
        )}
        {presence?.personal_message && (
          <>
            <dt>Personal message</dt>
            <dd dir="auto">{line(presence.personal_message)}</dd>
          </>
        )}
        {itself && itself !== model.name(id) && (
          <>
            <dt>Calls themselves</dt>
            <dd>
              <bdi>{itself}</bdi>
            </dd>
          </>
        )}
      </dl>
      {isOn && model.abilities.value?.contact_groups && <GroupsOf id={id} />}
      {isBlocked && <p class="note">You have blocked this person: they see you offline and cannot write to you.</p>}
      <div class="actions">
        {!isOn && (
          <button class="primary" onClick={() => run("add_contact", { contact: id })}>
            Add to your list
          </button>
        )}
        {isBlocked ? (
          <button onClick={() => run("unblock", { contact: id })}>Unblock</button>
        ) : (
          <button onClick={() => run("block", { contact: id })}>Block</button>
        )}
        {isOn && (
          <button class="danger" onClick={() => openDialog({ is: "remove", id })}>
            Remove from your list
          </button>
        )}
      </div>
    </>
  );
}

/** In which groups of the list somebody is. */
function GroupsOf({ id }: { id: string }) {
  const model = useModel();
  const run = useDo();
  const mine = model.people.get(id)?.contact?.groups ?? [];
  return (
    <fieldset class="groups-of">
      <legend>Groups of your list</legend>
      {model.contactGroups.value.map((name) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={mine.includes(name)}
            onChange={(event) => {
              const call = event.currentTarget.checked ? "put_into_contact_group" : "take_out_of_contact_group";
              run(call, { contact: id, name });
            }}
          />
          <bdi>{line(name)}</bdi>
        </label>
      ))}
      <button class="link" onClick={() => openDialog({ is: "contact groups" })}>
        Edit the groups
      </button>
    </fieldset>
  );
}

function Group({ talk }: { talk: Talk }) {
  const model = useModel(talk);
  const run = useDo();
  const adding = useSignal("");
  const me = model.me.value;
  const isAdmin = talk.members.some((member) => member.contact === me && member.admin);
  const mayChange = (model.abilities.value?.group_administration ?? true) && isAdmin;
  const there = new Set(talk.members.map((member) => member.contact));
  const others = [...model.people.values()].filter((it) => it.contact?.lists.includes("forward") && !there.has(it.id));
  if (talk.hasLeft) return <p class="note">You are no longer in this group.</p>;
  return (
    <>
      <label class="field">
        Topic
        <input
          dir="auto"
          value={talk.topic ? line(talk.topic) : ""}
          placeholder="None"
          maxLength={200}
          autocomplete="off"
          readOnly={!mayChange}
          onChange={(event) => run("set_topic", { group: talk.id, topic: line(event.currentTarget.value) })}
        />
      </label>
      <h3>
        People <span>{talk.members.length}</span>
      </h3>
      <ul class="members">
        {talk.members.slice(0, 60).map(({ contact, admin }) => (
          <li key={contact}>
            <Mark status={contact === me ? (model.own.value?.status ?? "online") : model.status(contact)} />
            <span>
              <bdi>{contact === me ? `${model.ownName()} (you)` : model.name(contact)}</bdi>
              {admin && <small>leads the group</small>}
            </span>
            {mayChange && contact !== me && (
              <button
                class="quiet"
                title="Put out of the group"
                aria-label={`Put ${model.name(contact)} out of the group`}
                onClick={() => run("remove_member", { group: talk.id, member: contact })}
              >
                <Icon is="close" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {talk.members.length > 60 && <p class="note">and {talk.members.length - 60} more</p>}
      {others.length > 0 && (
        <form
          class="inline"
          onSubmit={(event) => {
            event.preventDefault();
            if (adding.value) run("add_member", { group: talk.id, member: adding.value });
            adding.value = "";
          }}
        >
          <select aria-label="Somebody to add" value={adding.value} onChange={(event) => (adding.value = event.currentTarget.value)}>
            <option value="">Add somebody…</option>
            {others.slice(0, 300).map(({ id }) => (
              <option key={id} value={id}>
                {model.name(id)}
              </option>
            ))}
          </select>
          <button disabled={!adding.value}>Add</button>
        </form>
      )}
      <div class="actions">
        <button class="danger" onClick={() => run("leave", { group: talk.id })}>
          Leave the group
        </button>
      </div>
    </>
  );
}
