// Many people and many messages: what is in the document.

import { crowd, scroll } from "./crowd.mjs";
import { assert, friends, open, picture, test } from "./world.mjs";

test("a thousand people and ten thousand messages are few nodes, wherever one scrolls", async () => {
  const [page, dan] = await friends("cyd", "dan");
  await open(page, "Dan");
  await crowd(page, "cyd", "dan");
  await page.locator(".bubble", { hasText: "Message 9999" }).waitFor();
  await page.locator(".row", { hasText: "Person 0" }).first().waitFor();
  const nodes = () => page.evaluate(() => document.querySelectorAll("*").length);
  assert.ok((await nodes()) < 500, `${await nodes()} nodes`);
  await picture(page, "many");
  for (const box of [".scroll.talk", ".list .scroll"]) {
    const most = await scroll(page, box);
    assert.ok(most < 500, `${most} nodes while scrolling ${box}`);
  }
  // The first of them can be gone to, and is the first.
  await page.locator(".scroll.talk").evaluate((element) => (element.scrollTop = 0));
  await page.locator(".bubble", { hasText: /^Message 0 $/ }).waitFor();
  await dan.signOut();
});
