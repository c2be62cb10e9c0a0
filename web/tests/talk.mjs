// Conversations of two.

import { looks } from "./whole.mjs";
import { account, assert, friends, Native, open, person, say, sees, SERVICE, signIn, test } from "./world.mjs";

test("a page and a native client write to each other", async () => {
  const [page, bob] = await friends("alice", "bob");
  await open(page, "Bob");
  await say(page, "hello from the page");
  await bob.heard("hello from the page");
  await page.locator(".mine.delivered", { hasText: "hello from the page" }).waitFor();
  await bob.say("alice", "hello from a terminal");
  await sees(page, "hello from a terminal");
  await bob.say("alice", "and once more");
  await sees(page, "and once more");
  // What goes on needs no new heading.
  assert.equal(await page.locator(".theirs .author").count(), 1);
  await bob.signOut();
});

test("two pages see each other type, nudge and edit", async () => {
  await account("carol");
  await account("dave");
  const [carol, dave] = [await signIn(await person(), "carol"), await signIn(await person(), "dave")];
  await carol.getByRole("button", { name: "Add a person", exact: true }).first().click();
  await carol.getByLabel("Their address").fill("dave@example.org");
  await carol.getByRole("button", { name: "Add", exact: true }).click();
  await dave.locator(".request").getByRole("button", { name: "Add" }).click();
  await open(dave, "Carol");
  await open(carol, "Dave");
  await carol.locator("textarea").pressSequentially("hm");
  await dave.locator(".typing", { hasText: "Carol is typing" }).waitFor();
  await say(carol, "helo");
  await sees(dave, "helo");
  await dave.locator(".typing span").waitFor({ state: "detached" });
  await carol.locator(".mine.delivered").waitFor();
  await carol.locator("textarea").press("ArrowUp");
  await carol.locator(".editing").waitFor();
  assert.equal(await carol.locator("textarea").inputValue(), "helo");
  await say(carol, "hello");
  await dave.locator(".theirs .before").waitFor();
  await sees(dave, "hello");
  await dave.locator(".before summary").click();
  await dave.locator(".before p", { hasText: "helo" }).waitFor();
  await carol.getByRole("button", { name: "Nudge" }).click();
  await dave.getByText("Carol has sent a nudge").waitFor();
  await carol.getByText("You have sent a nudge").waitFor();
  // An empty text deletes.
  await carol.locator("textarea").press("ArrowUp");
  await carol.locator(".editing").waitFor();
  await say(carol, "");
  await dave.locator(".bubble.deleted").waitFor();
});

test("what is unread is counted until somebody looks", async () => {
  const [page, frank] = await friends("erin", "frank");
  await frank.say("erin", "one");
  await frank.say("erin", "two");
  await page.locator(".row .count", { hasText: "2" }).waitFor();
  await page.waitForFunction(() => document.title === "(2) Messenger");
  await page.locator(".row", { hasText: "two" }).waitFor();
  await open(page, "Frank");
  await page.waitForFunction(() => document.title === "Messenger");
  assert.equal(await page.locator(".row .count").count(), 0);
  await frank.signOut();
});

test("drafts and what was said survive a reload", async () => {
  const [page, heidi] = await friends("grace", "heidi");
  await open(page, "Heidi");
  await heidi.say("grace", "do you remember");
  await sees(page, "do you remember");
  await say(page, "I do");
  await page.locator(".mine.delivered").waitFor();
  await page.locator("textarea").pressSequentially("half a sen");
  await page.reload();
  await sees(page, "do you remember");
  await sees(page, "I do");
  assert.equal(await page.locator("textarea").inputValue(), "half a sen");
  assert.equal(await page.locator(".bubble", { hasText: "do you remember" }).count(), 1);
  await heidi.signOut();
});

test("older messages come when one scrolls up", async () => {
  await account("ivan");
  await account("judy");
  const [ivan, judy] = [await Native.signIn("ivan"), await Native.signIn("judy")];
  await ivan.add("judy");
  await judy.add("ivan");
  await ivan.signOut();
  for (let number = 1; number <= 150; number++) {
    const { message } = await judy.say("ivan", `number ${number}.`);
    await judy.event({ event: "MessageDelivered", message });
  }
  const page = await signIn(await person(), "ivan");
  await open(page, "Judy");
  await sees(page, "number 150.");
  const oldest = page.locator(".bubble", { hasText: /^number 1\.$/ });
  for (let turn = 0; turn < 40 && (await oldest.count()) === 0; turn++) {
    await page.locator(".scroll.talk").hover();
    await page.mouse.wheel(0, -1500);
    await page.waitForFunction(() => new Promise((resolve) => requestAnimationFrame(() => resolve(true))));
  }
  await oldest.waitFor();
  await judy.signOut();
});

test("all goes by keys", async () => {
  const [page, liam] = await friends("kate", "liam");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("lia");
  // One sees whom one chooses.
  await page.locator(".row.talk", { hasText: "Liam" }).waitFor();
  await page.keyboard.press("Enter");
  await page.locator("main .title").getByText("Liam").waitFor();
  await page.keyboard.type("by keys alone");
  await page.keyboard.press("Enter");
  await liam.heard("by keys alone");
  await page.keyboard.press("F6");
  await page.keyboard.press("F6");
  await page.keyboard.press("Escape");
  await page.locator("main.nothing").waitFor();
  await page.locator(".row.talk").first().focus();
  await page.keyboard.press("Enter");
  await page.locator("main .title").getByText("Liam").waitFor();
  await liam.signOut();
});

test("a message while one is not there waits", async () => {
  const [page, niaj] = await friends("mallory", "niaj");
  await niaj.signOut();
  await page.locator(".row .mark.offline").waitFor();
  await open(page, "Niaj");
  await page.getByText("They will get it when they sign in").waitFor();
  await say(page, "for later");
  await page.locator(".mine.delivered").waitFor();
  await looks(page, "for-later");
  const again = await Native.signIn("niaj");
  await again.heard("for later");
  await again.signOut();
});

test("who asked for it is notified of what they do not see", async () => {
  const [page, petra] = await friends("otto", "petra", { permissions: ["notifications"] });
  await page.evaluate(() => {
    globalThis.shown = [];
    globalThis.Notification = class {
      static permission = "granted";
      static requestPermission = async () => "granted";
      constructor(title, { body }) {
        globalThis.shown.push([title, body]);
      }
    };
  });
  await petra.say("otto", "unasked");
  await page.locator(".row .count", { hasText: "1" }).waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.shown), []);
  await page.locator(".own .who").click();
  await page.getByLabel("Notify me of messages").check();
  await page.keyboard.press("Escape");
  await petra.say("otto", "asked for");
  await page.waitForFunction(() => globalThis.shown.length === 1);
  assert.deepEqual(await page.evaluate(() => globalThis.shown), [["Petra", "asked for"]]);
  await open(page, "Petra");
  await petra.say("otto", "seen");
  await sees(page, "seen");
  assert.equal(await page.evaluate(() => globalThis.shown.length), 1);
  assert.equal(await page.locator("[role=status].unseen").textContent(), "Petra: seen");
  await petra.signOut();
});

test("a message that failed, or may have, says so and can be sent again", async () => {
  const [page, quin] = await friends("pia", "quin");
  await open(page, "Quin");
  // As the tab that has the engine would tell.
  const teller = await page.context().newPage();
  await teller.goto(`${SERVICE}/about`);
  await teller.evaluate(() => {
    const channel = new BroadcastChannel("msnp");
    const tell = (fact) => channel.postMessage({ say: "fact", told: { fact, at: Date.now() } });
    const conversation = "8:live:quin";
    for (const [message, text] of [["1", "lost words"], ["2", "perhaps lost"]]) tell({ event: "Said", conversation, message, text });
    tell({ event: "MessageFailed", conversation, message: "1", reason: "the list is full", code: "ListFull", detail: null });
    tell({ event: "MessageUncertain", conversation, message: "2", reason: "the connection was lost", code: "ConnectionLost", detail: null });
  });
  await page.locator(".fate.unsure", { hasText: "may have arrived" }).waitFor();
  await page.locator(".fate.bad", { hasText: "the list is full" }).waitFor();
  await looks(page, "fates");
  await page.locator(".fate.bad").getByRole("button", { name: "Send again" }).click();
  await quin.heard("lost words");
  await page.locator(".mine.delivered", { hasText: "lost words" }).waitFor();
  assert.equal(await page.locator(".bubble", { hasText: "lost words" }).count(), 1);
  await quin.signOut();
});
