// Names and texts that want more than to be read.

import { assert, friends, open, sees, test } from "./world.mjs";

test("hostile names, texts, topics and links are only shown", async () => {
  const [page, eve] = await friends("trent", "eve");
  const script = `<img src=x onerror="document.title='gone'"><script>document.title="gone"</script>`;
  await eve.call("set_display_name", { name: `Eve\u202e${script}` });
  await eve.call("set_personal_message", { text: `\u001b[2J${script}\nsecond line` });
  await page.locator(".row", { hasText: "second line" }).waitFor();
  await open(page, "Eve");
  const { operation } = await eve.call("create_group", { members: ["8:live:trent"], topic: `${script}\u2066` });
  const made = await eve.event({ event: "OperationSucceeded", operation });
  await eve.say(made.conversation, "in the group");
  await eve.say("trent", script);
  await sees(page, "<img src=x");
  await eve.say("trent", "javascript:alert(1) data:text/html,x https://bank.example@evil.example/ vbscript:x file:///etc/passwd");
  await sees(page, "javascript:alert");
  assert.equal(await page.locator(".bubble a").count(), 0);
  await eve.say("trent", "see (https://example.org/a_(b)?c=d&e#f), or http://example.net/. <b>no</b>");
  await sees(page, "example.org");
  const links = page.locator(".bubble a");
  assert.deepEqual(await links.evaluateAll((all) => all.map((it) => [it.textContent, it.getAttribute("href"), it.rel, it.target])), [
    ["https://example.org/a_(b)?c=d&e#f", "https://example.org/a_(b)?c=d&e#f", "noopener noreferrer", "_blank"],
    ["http://example.net/", "http://example.net/", "noopener noreferrer", "_blank"],
  ]);
  // Marks that turn the text around or clear a screen reach nobody.
  await eve.say("trent", "a\u202eb\u2066c\u001b[2Jd\u200be\u0000f");
  await sees(page, "abc[2Jdef");
  await eve.say("trent", "x".repeat(5000));
  await sees(page, "xxxxx");
  const [inside, outside] = await page.locator(".scroll.talk").evaluate((box) => [box.scrollWidth, box.clientWidth]);
  assert.ok(inside <= outside, "nothing goes over the edge");
  const shown = await page.evaluate(() => document.body.innerText + [...document.querySelectorAll("*")].map((it) => it.ariaLabel).join());
  assert.doesNotMatch(shown, /[\u202a-\u202e\u2066-\u2069\u200b\u001b]/);
  assert.equal(await page.locator("img, iframe, object, embed").count(), 0);
  assert.match(await page.title(), /Messenger$/);
  await eve.signOut();
});
