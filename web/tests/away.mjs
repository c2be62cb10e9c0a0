// Away from the desk: no network, no service, sleep.

import { looks } from "./whole.mjs";
import { ask, assert, friends, isIn, open, say, sees, test } from "./world.mjs";

test("nothing is lost or doubled when the network is gone for a while", async () => {
  const [page, victor] = await friends("wendy", "victor");
  await open(page, "Victor");
  await say(page, "before");
  await victor.heard("before");
  await page.context().setOffline(true);
  await page.locator(".bar", { hasText: "You are offline" }).waitFor();
  await say(page, "while offline");
  await page.locator(".mine.sending", { hasText: "while offline" }).waitFor();
  await looks(page, "reconnecting");
  await victor.say("wendy", "are you there?");
  await page.context().setOffline(false);
  await victor.heard("while offline");
  await sees(page, "are you there?");
  await page.locator(".mine.delivered", { hasText: "while offline" }).waitFor();
  assert.equal(await page.locator(".bubble", { hasText: "are you there?" }).count(), 1);
  assert.equal(await victor.count({ event: "MessageReceived", text: "while offline" }), 1);
  await page.locator(".bar.shown").waitFor({ state: "detached" });
  await victor.signOut();
});

test("a service that starts again asks for the password, and nothing is lost", async () => {
  const [page, yves] = await friends("xenia", "yves");
  await open(page, "Yves");
  await yves.say("xenia", "before the restart");
  await sees(page, "before the restart");
  await page.locator("textarea").pressSequentially("a draft");
  await yves.signOut();
  await ask("stop");
  await page.locator(".bar.shown").waitFor({ timeout: 30_000 });
  await ask("start");
  const dialog = page.getByRole("dialog");
  await dialog.getByText("Please sign in again").waitFor({ timeout: 60_000 });
  await looks(page, "sign-in-again");
  await dialog.getByLabel("Address").fill("xenia@example.org");
  await dialog.getByLabel("Password").fill("secret");
  await dialog.getByRole("button", { name: "Sign in" }).click();
  await isIn(page);
  await sees(page, "before the restart");
  assert.equal(await page.locator("textarea").inputValue(), "a draft");
  await page.locator("textarea").press("Enter");
  await page.locator(".mine.delivered", { hasText: "a draft" }).waitFor();
  assert.equal(await page.locator(".bubble", { hasText: "before the restart" }).count(), 1);
});

test("who sleeps past the session comes back to all that was said", async () => {
  const [page, zed] = await friends("uma", "zed");
  await open(page, "Zed");
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await zed.say("uma", "while you slept");
  // The service's patience is ten seconds.
  await zed.event({ event: "PresenceChanged", contact: "8:live:uma", status: "offline" });
  await zed.say("uma", "and later");
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await sees(page, "while you slept");
  await sees(page, "and later");
  await say(page, "good morning");
  await zed.heard("good morning");
  for (const text of ["while you slept", "and later", "good morning"]) {
    assert.equal(await page.locator(".bubble", { hasText: text }).count(), 1, text);
  }
  await zed.signOut();
});
