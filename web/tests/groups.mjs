// Groups.

import { looks } from "./whole.mjs";
import { account, assert, Native, person, say, sees, signIn, test } from "./world.mjs";

test("a group is made, talks, changes and is left", async () => {
  for (const who of ["olivia", "peggy", "rupert"]) await account(who);
  const [olivia, peggy, rupert] = [await Native.signIn("olivia"), await Native.signIn("peggy"), await Native.signIn("rupert")];
  for (const [one, other] of [[olivia, "peggy"], [olivia, "rupert"], [peggy, "olivia"], [rupert, "olivia"]]) await one.add(other);
  await olivia.signOut();
  const page = await signIn(await person(), "olivia");
  await page.getByRole("button", { name: "New group" }).click();
  await page.getByLabel("Topic").fill("Sunday walk");
  await page.locator(".choices").getByText("Peggy").click();
  await page.getByRole("button", { name: "Make the group" }).click();
  await page.locator("main .title").getByText("Sunday walk").waitFor();
  const { conversation } = await peggy.event({ event: "GroupChanged", topic: "Sunday walk" });
  await peggy.say(conversation, "who brings cake?");
  await sees(page, "who brings cake?");
  await say(page, "I do");
  await peggy.heard("I do");
  await page.getByRole("button", { name: "Details" }).click();
  await page.getByLabel("Somebody to add").selectOption({ label: "Rupert" });
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await rupert.event({ event: "GroupChanged", conversation });
  await page.getByText("Rupert has joined").waitFor();
  await page.locator(".details").getByLabel("Topic").fill("Sunday walk, with cake");
  await page.locator(".details").getByLabel("Topic").press("Tab");
  await page.locator("main .title").getByText("Sunday walk, with cake").waitFor();
  await looks(page, "group");
  await page.getByRole("button", { name: "Put Rupert out of the group" }).click();
  await rupert.event({ event: "GroupLeft", conversation });
  await page.getByRole("button", { name: "Leave the group" }).click();
  await page.getByText("You are no longer in this group").first().waitFor();
  assert.equal(await page.locator("textarea").count(), 0);
  await peggy.signOut();
  await rupert.signOut();
});
