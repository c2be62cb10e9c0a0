// In front of a network of old, whose server speaks MSNP by TCP and knows nothing of pages: through the gateway there, and its relay.

import { looks } from "./whole.mjs";
import { account, ask, assert, FRONT, isIn, Native, open, person, say, sees, signInFront, test } from "./world.mjs";

/** People who have each other on their lists, in pairs. */
async function know(pairs) {
  const all = new Map();
  for (const who of new Set(pairs.flat())) {
    await account(who);
    all.set(who, await Native.signIn(who));
  }
  for (const [one, other] of pairs) {
    await all.get(one).add(other);
    await all.get(other).add(one);
  }
  for (const native of all.values()) await native.signOut();
}

const delivered = (page, text) => page.locator(".mine.delivered", { hasText: text }).waitFor();
const count = (page, text) => page.locator(".bubble", { hasText: text }).count();

test("two pages in front of a server of old talk to each other and to a person of MSNP12", async () => {
  await know([["nina", "oskar"], ["nina", "pat"], ["oskar", "pat"]]);
  const pat = await Native.signIn("pat", "MSNP12");
  const form = await (await person()).newPage();
  await form.goto(FRONT);
  await form.getByLabel("Dialect").waitFor();
  await looks(form, "sign-in-front");
  await form.getByLabel("Address").fill("nina@example.org");
  await form.getByLabel("Password").fill("a guess");
  await form.getByRole("button", { name: "Sign in" }).click();
  await form.getByRole("alert").getByText("not right").waitFor();
  // The newest dialect here, MSNP12 there.
  const nina = await signInFront(await person(), "nina");
  const oskar = await signInFront(await person(), "oskar", "MSNP12");
  await open(nina, "Pat");
  await say(nina, "hello from a tab");
  await pat.heard("hello from a tab");
  await delivered(nina, "hello from a tab");
  await pat.say("nina", "hello from 2005");
  await sees(nina, "hello from 2005");
  await pat.call("send_nudge", { to: "nina@example.org" });
  await nina.getByText("Pat has sent a nudge").waitFor();
  await pat.say("oskar", "and to you");
  await open(oskar, "Pat");
  await sees(oskar, "and to you");
  await say(oskar, "thanks");
  await pat.heard("thanks");
  await open(nina, "Oskar");
  await open(oskar, "Nina");
  await say(nina, "from tab to tab");
  await sees(oskar, "from tab to tab");
  await say(oskar, "and back");
  await sees(nina, "and back");
  await delivered(oskar, "and back");
  await looks(nina, "front-conversation");
  for (const [page, text] of [[nina, "from tab to tab"], [nina, "and back"], [oskar, "and back"]]) assert.equal(await count(page, text), 1, text);
  await pat.signOut();
});

test("who knows the password is asked for it when its tab is closed, and what was said stays", async () => {
  await know([["rosa", "sam"]]);
  const sam = await Native.signIn("sam", "MSNP9");
  const first = await signInFront(await person(), "rosa");
  await open(first, "Sam");
  await sam.say("rosa", "before");
  await sees(first, "before");
  const second = await first.context().newPage();
  await second.goto(first.url());
  await isIn(second);
  await sees(second, "before");
  await first.close();
  const dialog = second.getByRole("dialog");
  await dialog.getByText("Please sign in again").waitFor();
  await dialog.getByLabel("Address").fill("rosa@example.org");
  await dialog.getByLabel("Password").fill("a guess");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await dialog.getByText("not right").waitFor();
  await dialog.getByLabel("Address").fill("rosa@example.org");
  await dialog.getByLabel("Password").fill("secret");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await isIn(second);
  await sam.event({ event: "PresenceChanged", contact: "rosa@example.org", status: "online" });
  await say(second, "after");
  await sam.heard("after");
  await sees(second, "before");
  await second.locator(".own .who").click();
  await second.getByRole("button", { name: "Sign out" }).click();
  await second.getByLabel("Dialect").waitFor();
  await sam.signOut();
});

test("seven tabs and eight switchboards hold three requests, and nothing is lost, doubled or kept waiting", async () => {
  const others = ["abe", "bo", "cal", "dee", "eli", "fay", "gil", "hal"];
  await know(others.map((other) => ["hub", other]));
  const natives = [];
  for (const other of others) natives.push(await Native.signIn(other, "MSNP12"));
  const context = await person();
  // Counted where they are asked for: what the browser's tools tell comes later, and not in order.
  await context.addInitScript(() => {
    const { fetch } = globalThis;
    globalThis.held = { now: 0, most: 0 };
    globalThis.fetch = async (url, init) => {
      const one = String(url).includes("Lifespan=") ? 1 : 0;
      held.now += one;
      held.most = Math.max(held.most, held.now);
      try {
        return await fetch(url, init);
      } finally {
        held.now -= one;
      }
    };
  });
  const tabs = [await signInFront(context, "hub")];
  while (tabs.length < 7) {
    const tab = await context.newPage();
    await tab.goto(FRONT);
    await isIn(tab);
    tabs.push(tab);
  }
  for (const [index, native] of natives.entries()) await native.say("hub", `${others[index]} calls`);
  const name = (who) => who.charAt(0).toUpperCase() + who.slice(1);
  for (const [index, native] of natives.entries()) {
    const tab = tabs[index % tabs.length];
    await open(tab, name(others[index]));
    await sees(tab, `${others[index]} calls`);
    await say(tab, `answer to ${others[index]}`);
    await native.heard(`answer to ${others[index]}`);
  }
  // Each has a switchboard of its own. Those of tests before go when their time is up.
  for (let turn = 0; (await ask("sessions")) !== 1 + natives.length; turn++) {
    assert.ok(turn < 60, `${await ask("sessions")} sessions`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  // All at once: what is said is not behind what is held.
  await Promise.all(natives.map((native, index) => native.say("hub", `${others[index]} again`)));
  for (const [index, native] of natives.entries()) {
    const tab = tabs[index % tabs.length];
    await open(tab, name(others[index]));
    await sees(tab, `${others[index]} again`);
    await say(tab, `and again to ${others[index]}`);
    await native.heard(`and again to ${others[index]}`);
    await delivered(tab, `and again to ${others[index]}`);
    for (const text of [`${others[index]} calls`, `${others[index]} again`, `answer to ${others[index]}`, `and again to ${others[index]}`]) {
      assert.equal(await count(tab, text), 1, text);
    }
    for (const text of [`answer to ${others[index]}`, `and again to ${others[index]}`]) {
      assert.equal(await native.count({ event: "MessageReceived", text }), 1, text);
    }
  }
  const most = await Promise.all(tabs.map((tab) => tab.evaluate(() => globalThis.held.most)));
  assert.deepEqual(most, [3, 0, 0, 0, 0, 0, 0], "held at once, by tab");
  for (const native of natives) await native.signOut();
});

test("the groups of the list are made, named, filled and removed, and are there for the next sign-in", async () => {
  await know([["vera", "will"]]);
  const page = await signInFront(await person(), "vera");
  await open(page, "Will");
  await page.getByRole("button", { name: "Details" }).click();
  await page.getByRole("button", { name: "Edit the groups" }).click();
  const dialog = page.getByRole("dialog");
  for (const name of ["Choir", "Work"]) {
    await dialog.getByLabel("Name of a new group").fill(name);
    await dialog.getByRole("button", { name: "Make" }).click();
    await dialog.getByLabel(`Name of the group ${name}`).waitFor();
  }
  await looks(page, "contact-groups");
  await dialog.getByLabel("Name of a new group").fill("x".repeat(62));
  await dialog.getByRole("button", { name: "Make" }).click();
  await dialog.getByText("That name is too long").waitFor();
  const choir = dialog.getByLabel("Name of the group Choir");
  await choir.fill("Choir on Tuesdays");
  await choir.press("Enter");
  await dialog.getByLabel("Name of the group Choir on Tuesdays").waitFor();
  await dialog.getByRole("button", { name: "Remove the group Work" }).click();
  await dialog.getByLabel("Name of the group Work").waitFor({ state: "detached" });
  await dialog.getByRole("button", { name: "Close" }).click();
  await page.getByLabel("Choir on Tuesdays").check();
  await page.locator(".row.section", { hasText: "Choir on Tuesdays" }).waitFor();
  await looks(page, "person-in-a-group");
  await page.close();
  const again = await signInFront(await person(), "vera");
  await again.locator(".row.section", { hasText: "Choir on Tuesdays" }).waitFor();
  await open(again, "Will");
  await again.getByRole("button", { name: "Details" }).click();
  await again.getByLabel("Choir on Tuesdays").uncheck();
  await again.locator(".row.section", { hasText: "Others" }).waitFor();
});
