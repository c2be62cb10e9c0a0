import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";

import { load } from "./run.mjs";

const { Model } = await load("model/model.ts");

const ME = "8:live:me";
const BOB = "8:live:bob";

function signedIn() {
  const model = new Model();
  model.apply({ fact: { event: "SignedIn", me: ME }, at: 0 });
  return model;
}

const rest = { from_name: null, format: "plain", format_name: null, delayed: false, receipt: null };
const message = (id, from, at, text = id) => ({ message: id, conversation: BOB, from, text, sent_at_ms: at, ...rest });
const texts = (model) => model.conversations.get(BOB).lines.map(({ text }) => text);

test("the newest message that is told first stands behind those that waited", () => {
  const model = signedIn();
  model.apply({ fact: { event: "History", operation: null, conversation: BOB, messages: [message("4", BOB, 2000)], more: null }, at: 9000 });
  for (const id of ["1", "2"]) model.apply({ fact: { event: "MessageReceived", ...message(id, BOB, 1000) }, at: 9000 });
  // In the same second, only the page of history knows.
  model.apply({ fact: { event: "MessageReceived", ...message("3", BOB, 2000) }, at: 9000 });
  const page = ["1", "2", "3", "4"].map((id) => message(id, BOB, id < 3 ? 1000 : 2000));
  model.apply({ fact: { event: "History", operation: 1, conversation: BOB, messages: page, more: null }, at: 9000 });
  deepEqual(texts(model), ["1", "2", "3", "4"]);
});

test("a page of what is known loses no place in the history", () => {
  const model = signedIn();
  const page = (ids, more) => ({ event: "History", operation: 1, conversation: BOB, messages: ids.map((id) => message(`${id}`, BOB, id)), more });
  model.apply({ fact: page([5, 6], "before 5"), at: 0 });
  model.apply({ fact: page([3, 4], "before 3"), at: 0 });
  // The newest once more, with one that was missed.
  model.apply({ fact: page([5, 6, 7], "before 5"), at: 0 });
  equal(model.conversations.get(BOB).more, "before 3");
  deepEqual(texts(model), ["3", "4", "5", "6", "7"]);
  model.apply({ fact: page([1, 2], null), at: 0 });
  equal(model.conversations.get(BOB).more, null);
});

test("what was told before is not told twice, whoever tells it", () => {
  const model = signedIn();
  const fact = { event: "MessageReceived", ...message("1", BOB, 1000) };
  for (let turn = 0; turn < 2; turn++) model.apply({ fact, at: 1000 });
  model.apply({ fact: { event: "History", operation: 1, conversation: BOB, messages: [message("1", BOB, 1000)], more: null }, at: 9 });
  // The same name by another author is another message.
  model.apply({ fact: { event: "MessageReceived", ...message("1", ME, 2000, "mine") }, at: 2000 });
  deepEqual(texts(model), ["1", "mine"]);
  equal(model.conversations.get(BOB).unread, 1);
});

test("a wrong clock moves no message", () => {
  const model = signedIn();
  model.apply({ fact: { event: "MessageReceived", ...message("1", BOB, 5000) }, at: 0 });
  model.apply({ fact: { event: "Said", conversation: BOB, message: "2", text: "2" }, at: 1 });
  model.apply({ fact: { event: "MessageReceived", ...message("3", BOB, 6000) }, at: 2 });
  model.apply({ fact: { event: "History", operation: 1, conversation: BOB, messages: [message("0", BOB, 4000)], more: null }, at: 3 });
  deepEqual(texts(model), ["0", "1", "2", "3"]);
});

test("a message has one fate, and history knows better than a lost answer", () => {
  const model = signedIn();
  const say = (id) => model.apply({ fact: { event: "Said", conversation: BOB, message: id, text: id }, at: 1 });
  const fate = (id) => model.conversations.get(BOB).find(`${ME} ${id}`).fate;
  for (const id of ["a", "b", "c"]) say(id);
  model.apply({ fact: { event: "MessageDelivered", conversation: BOB, message: "a" }, at: 2 });
  model.apply({ fact: { event: "MessageFailed", conversation: BOB, message: "b", reason: "no", code: "NotFound", detail: null }, at: 2 });
  // The tab that led is gone.
  model.apply({ fact: { event: "Started" }, at: 3 });
  deepEqual(["a", "b", "c"].map(fate), ["delivered", "failed", "unsure"]);
  model.apply({ fact: { event: "History", operation: 1, conversation: BOB, messages: [message("c", ME, 1000)], more: null }, at: 4 });
  equal(fate("c"), "delivered");
});

test("an edit keeps what stood there, and is its author's alone", () => {
  const model = signedIn();
  model.apply({ fact: { event: "MessageReceived", ...message("1", BOB, 1000, "helo") }, at: 0 });
  const edit = (from, text) => ({ event: "MessageEdited", original: "1", ...message("2", from, 2000, text) });
  model.apply({ fact: edit(BOB, "hello"), at: 0 });
  const line = () => model.conversations.get(BOB).find(`${BOB} 1`);
  deepEqual([line().text, line().before], ["hello", ["helo"]]);
  model.apply({ fact: edit("8:live:eve", "gone"), at: 0 });
  equal(line().text, "hello");
  model.apply({ fact: edit(BOB, ""), at: 0 });
  deepEqual([line().isDeleted, line().before], [true, ["helo", "hello"]]);
});

test("two names that are one person's are one conversation", () => {
  const model = signedIn();
  const old = "bob@example.org";
  model.apply({ fact: { event: "Said", conversation: old, message: "1", text: "to the old name" }, at: 1 });
  model.apply({ fact: { event: "ContactRenamed", before: old, now: BOB }, at: 2 });
  model.apply({ fact: { event: "MessageReceived", ...message("2", BOB, 3000, "answer") }, at: 3 });
  deepEqual(texts(model), ["to the old name", "answer"]);
  equal(model.conversations.has(old), false);
});

test("a tab that comes later knows the same", () => {
  const model = signedIn();
  model.apply({ fact: { event: "MessageReceived", ...message("1", BOB, 1000) }, at: 0 });
  model.apply({ fact: { event: "Typing", conversation: BOB, from: BOB, typing: true }, at: 0 });
  const other = new Model();
  other.restore(structuredClone(model.snapshot()));
  deepEqual(other.snapshot(), model.snapshot());
  equal(other.conversations.get(BOB).has(`${BOB} 1`), true);
});
