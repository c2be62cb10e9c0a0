// All that is tried in a browser: `node browser.mjs [PART OF A NAME …]`, run by `browser.rs`.

import { ask, assert, isIn, Native, open, person, picture, runAll, say, sees, SERVICE, signIn, test } from "./world.mjs";

test("a page and a native client write to each other", async () => {
  await ask("account", { who: "alice", name: "Alice" });
  await ask("account", { who: "bob", name: "Bob" });
  const bob = await Native.signIn("bob");
  await bob.add("alice");
  const page = await signIn(await person(), "alice");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await open(page, "Bob");
  await say(page, "hello from the page");
  await bob.heard("hello from the page");
  await page.locator(".mine.delivered").waitFor();
  await bob.say("alice", "hello from a terminal");
  await sees(page, "hello from a terminal");
  await picture(page, "conversation");
});

await runAll(process.argv.slice(2));
