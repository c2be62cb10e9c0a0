// A whole client of MSN Messenger: verbs as methods, events as an async iterable.

import { Driver } from "./driver.js";

/** The engine will not even try; nothing has happened. `code` is one word for the reason. */
export class Refused extends Error {
  constructor({ refused, code }) {
    super(refused);
    this.name = "Refused";
    this.code = code;
  }
}

export class Client {
  #driver;

  /** See `msnp.d.ts`; so for all methods. */
  static async start({ module, fetch, seed, ...config }) {
    const client = new Client();
    client.#driver = await Driver.start(await module, fetch);
    // At a network of old it is a password that proves who one is.
    const proof = config.network ? {} : { host_cookies: true };
    client.#driver.call("start", { ...proof, ...config }, seed ?? crypto.getRandomValues(new Uint8Array(32)));
    return client;
  }

  signIn() {
    this.call("sign_in");
  }

  signOut() {
    this.call("sign_out");
  }

  /** Says good-bye from a page that is about to go away. */
  leave() {
    this.#driver.leave();
    this.call("sign_out");
  }

  /** The network is another, or the machine was asleep: connections are tried anew at once. */
  wake() {
    this.call("handle_suspended");
  }

  /** The page that was about to go away has stayed, or is back. */
  stay() {
    this.#driver.stay();
  }

  acknowledge(receipt) {
    this.call("acknowledge", { receipt });
  }

  sendText(conversation, text) {
    return this.call("send_text", { to: conversation, text }).message;
  }

  sendTextWith(conversation, text, looks) {
    return this.call("send_text_with", { to: conversation, text, looks }).message;
  }

  editMessage(conversation, original, text) {
    return this.call("edit_message", { to: conversation, original, text }).message;
  }

  sendNudge(conversation) {
    return this.call("send_nudge", { to: conversation }).message;
  }

  sendTyping(conversation, typing) {
    this.call("send_typing", { to: conversation, typing });
  }

  requestHistory(conversation, mark) {
    return this.call("request_history", { to: conversation, mark }).operation;
  }

  setStatus(status) {
    return this.call("set_status", { status }).operation;
  }

  setPersonalMessage(text) {
    return this.call("set_personal_message", { text }).operation;
  }

  setDisplayName(name) {
    return this.call("set_display_name", { name }).operation;
  }

  setIdle(idle) {
    return this.call("set_idle", { idle }).operation;
  }

  setPicture(picture) {
    return this.call("set_picture", { picture }).operation;
  }

  signOutEndpoint(endpoint) {
    return this.call("sign_out_endpoint", { endpoint }).operation;
  }

  addContact(contact) {
    return this.call("add_contact", { contact }).operation;
  }

  removeContact(contact) {
    return this.call("remove_contact", { contact }).operation;
  }

  block(contact) {
    return this.call("block", { contact }).operation;
  }

  unblock(contact) {
    return this.call("unblock", { contact }).operation;
  }

  allowOthers(allowed) {
    return this.call("allow_others", { allowed }).operation;
  }

  addContactGroup(name) {
    return this.call("add_contact_group", { name }).operation;
  }

  renameContactGroup(name, to) {
    return this.call("rename_contact_group", { name, to }).operation;
  }

  removeContactGroup(name) {
    return this.call("remove_contact_group", { name }).operation;
  }

  putIntoContactGroup(contact, name) {
    return this.call("put_into_contact_group", { contact, name }).operation;
  }

  takeOutOfContactGroup(contact, name) {
    return this.call("take_out_of_contact_group", { contact, name }).operation;
  }

  createGroup(members, topic) {
    return this.call("create_group", { members, topic }).operation;
  }

  addMember(group, member) {
    return this.call("add_member", { group, member }).operation;
  }

  removeMember(group, member) {
    return this.call("remove_member", { group, member }).operation;
  }

  leaveGroup(group) {
    return this.call("leave", { group }).operation;
  }

  setTopic(group, topic) {
    return this.call("set_topic", { group, topic }).operation;
  }

  isSignedIn() {
    return this.call("is_signed_in");
  }

  account() {
    return this.call("account");
  }

  dialect() {
    return this.call("dialect");
  }

  abilities() {
    return this.call("abilities");
  }

  contacts() {
    return this.call("contacts");
  }

  contactGroups() {
    return this.call("contact_groups");
  }

  othersAllowed() {
    return this.call("others_allowed");
  }

  contactId(contact) {
    return this.call("contact_id", { contact });
  }

  presence(contact) {
    return this.call("presence", { contact });
  }

  groups() {
    return this.call("groups");
  }

  /** Any verb by its name. Throws `Refused`. */
  call(verb, fields) {
    const answer = this.#driver.call(verb, fields);
    if (answer?.refused !== undefined) throw new Refused(answer);
    return answer;
  }

  /** The next event, when there is one. */
  next() {
    return this.#driver.next();
  }

  /** Events until it is signed out, that one included. Whoever takes none stops the engine from reading on. */
  async *[Symbol.asyncIterator]() {
    for (;;) {
      const event = await this.next();
      yield event;
      if (event.event === "SignedOut") return;
    }
  }
}
