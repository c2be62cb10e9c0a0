// Many people and many messages: what is in the document.

import { assert, friends, open, picture, SERVICE, test } from "./world.mjs";

test("a thousand people and ten thousand messages are few nodes, wherever one scrolls", async () => {
  const [page, dan] = await friends("cyd", "dan");
  await open(page, "Dan");
  // Another page of the service tells them, as the tab that has the engine would.
  const teller = await page.context().newPage();
  await teller.goto(`${SERVICE}/about`);
  await teller.evaluate(() => {
    const channel = new BroadcastChannel("msnp");
    const tell = (fact) => channel.postMessage({ say: "fact", told: { fact, at: Date.now() } });
    const nothing = { personal_message: null, endpoints: [], picture: null };
    for (let number = 0; number < 1000; number++) {
      const contact = `8:live:person${number}`;
      tell({ event: "ContactChanged", contact, name: `Person ${number}`, lists: ["forward", "allow"], groups: [] });
      const status = ["online", "busy", "away", "offline"][number % 4];
      tell({ event: "PresenceChanged", contact, status, name: null, ...nothing, personal_message: `Message ${number}` });
    }
    const messages = [];
    const start = Date.now() - 40 * 86_400_000;
    for (let number = 0; number < 10_000; number++) {
      const from = `8:live:${number % 7 < 3 ? "dan" : "cyd"}`;
      const text = `Message ${number} ${"and more words ".repeat((number * 7) % 23)}`;
      const rest = { from_name: null, format: "plain", format_name: null, delayed: true, receipt: null };
      messages.push({ message: String(number + 1e6), conversation: "8:live:dan", from, text, sent_at_ms: start + number * 300_000, ...rest });
    }
    tell({ event: "History", operation: null, conversation: "8:live:dan", messages, more: null });
  });
  await page.locator(".bubble", { hasText: "Message 9999" }).waitFor();
  await page.locator(".row", { hasText: "Person 0" }).first().waitFor();
  const nodes = () => page.evaluate(() => document.querySelectorAll("*").length);
  assert.ok((await nodes()) < 500, `${await nodes()} nodes`);
  await picture(page, "many");
  await page.evaluate(() => {
    globalThis.long = [];
    new PerformanceObserver((list) => {
      for (const { duration, startTime } of list.getEntries()) globalThis.long.push([Math.round(startTime), Math.round(duration)]);
    }).observe({ type: "longtask" });
  });
  for (const box of [".scroll.talk", ".list .scroll"]) {
    const steps = await page.locator(box).evaluate(async (element) => {
      const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
      let most = 0;
      const distance = element.scrollHeight / 40;
      for (let step = 0; step < 80; step++) {
        element.scrollTop += step < 40 ? -distance : distance;
        await frame();
        most = Math.max(most, document.querySelectorAll("*").length);
      }
      return most;
    });
    assert.ok(steps < 500, `${steps} nodes while scrolling ${box}`);
  }
  const long = await page.evaluate(() => globalThis.long.filter(([, duration]) => duration > 100));
  // Told, not judged: it depends on the machine and on what else runs there.
  if (long.length > 0) console.log(`  tasks over 100 ms while scrolling: ${JSON.stringify(long)}`);
  // The first of them can be gone to, and is the first.
  await page.locator(".scroll.talk").evaluate((element) => (element.scrollTop = 0));
  await page.locator(".bubble", { hasText: /^Message 0 $/ }).waitFor();
  await dan.signOut();
});
