// Several tabs of one person: one session.

import { assert, friends, isIn, open, say, sees, SERVICE, test } from "./world.mjs";

test("two tabs are one session, and when one is closed the other goes on", async () => {
  const [first, bea] = await friends("adam", "bea");
  await open(first, "Bea");
  await say(first, "from the first tab");
  await bea.heard("from the first tab");
  const second = await first.context().newPage();
  await second.goto(first.url());
  await isIn(second);
  await sees(second, "from the first tab");
  await say(second, "from the second tab");
  await bea.heard("from the second tab");
  await sees(first, "from the second tab");
  await second.locator(".mine.delivered", { hasText: "from the second tab" }).waitFor();
  await bea.say("adam", "to both");
  await sees(first, "to both");
  await sees(second, "to both");
  const told = await bea.call("presence", { contact: "8:live:adam" });
  assert.equal(told.endpoints.length, 1, "one session for both");
  await first.close();
  await say(second, "now alone");
  // It was asked of nobody, or of the one that is gone; either way it is not lost.
  await second.locator(".mine", { hasText: "now alone" }).waitFor();
  await isIn(second);
  await bea.say("adam", "still there?");
  await sees(second, "still there?");
  await say(second, "yes");
  await bea.heard("yes");
  await second.locator(".mine.delivered", { hasText: "yes" }).waitFor();
  assert.equal(await second.locator(".bubble", { hasText: "to both" }).count(), 1);
  await bea.signOut();
});

test("seven tabs hold no more requests than one, and posts never starve", async () => {
  const [first, cid] = await friends("ben", "cid");
  const context = first.context();
  const held = new Set();
  let most = 0;
  const count = (page) => {
    page.on("request", (request) => {
      if (!request.url().includes("gateway.dll")) return;
      held.add(request);
      most = Math.max(most, held.size);
    });
    for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => held.delete(request));
  };
  count(first);
  const tabs = [first];
  for (let number = 2; number <= 7; number++) {
    const page = await context.newPage();
    count(page);
    await page.goto(SERVICE);
    await isIn(page);
    tabs.push(page);
  }
  for (const [index, tab] of tabs.entries()) {
    await open(tab, "Cid");
    await say(tab, `from tab ${index}`);
    await cid.heard(`from tab ${index}`);
    await tab.locator(".mine.delivered", { hasText: `from tab ${index}` }).waitFor();
  }
  assert.ok(most <= 3, `${most} requests at once`);
  await cid.signOut();
});

test("a tab that answers nobody is left behind", async () => {
  const [first, dov] = await friends("cleo", "dov");
  // As phones do with tabs that nobody looks at.
  const session = await first.context().newCDPSession(first);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  const second = await first.context().newPage();
  await second.goto(SERVICE);
  await isIn(second);
  await open(second, "Dov");
  await say(second, "from the second tab");
  await dov.heard("from the second tab");
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await isIn(first);
  await open(first, "Dov");
  await sees(first, "from the second tab");
  await say(first, "and from the first");
  await dov.heard("and from the first");
  await dov.signOut();
});
