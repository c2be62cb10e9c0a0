// Signing in and out.

import { looks } from "./whole.mjs";
import { account, assert, isIn, person, SERVICE, signIn, test } from "./world.mjs";

test("a wrong password is told, and the right one leads to the list", async () => {
  await account("alice");
  const page = await (await person()).newPage();
  await page.goto(SERVICE);
  await looks(page, "sign-in");
  await page.getByLabel("Address").fill("alice@example.org");
  await page.getByLabel("Password").fill("a guess");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").getByText("not right").waitFor();
  await looks(page, "sign-in-refused");
  await page.getByLabel("Address").fill("alice@example.org");
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await isIn(page);
  assert.equal(new URL(page.url()).pathname, "/");
});

test("the form works before any script runs", async () => {
  await account("alice");
  const page = await (await person({ javaScriptEnabled: false })).newPage();
  await page.goto(SERVICE);
  await page.getByLabel("Address").fill("alice@example.org");
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Signing in…").waitFor();
  assert.equal(new URL(page.url()).pathname, "/");
});

test("who signs out is asked for the password again, in every tab", async () => {
  await account("alice");
  const context = await person();
  const page = await signIn(context, "alice");
  const other = await context.newPage();
  await other.goto(SERVICE);
  await isIn(other);
  const cookies = await context.cookies();
  await page.locator(".own .who").click();
  await page.getByRole("button", { name: "Sign out" }).click();
  // The form, not what stands there until it is loaded.
  for (const tab of [page, other]) await tab.locator("#passwd").waitFor();
  // Not only the browser has forgotten them: they are good for nothing any more.
  await context.addCookies(cookies);
  await page.goto(SERVICE);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
});
