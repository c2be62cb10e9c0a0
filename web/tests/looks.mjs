// How it looks: pictures for people, and what a program can see in them.

import { looks } from "./whole.mjs";
import { account, assert, Native, open, person, say, sees, SERVICE, signIn, test } from "./world.mjs";

/** Somebody with a life: people in every state, a talk over two days, a group. */
async function life(options) {
  const names = { faythe: "Faythe", grant: "Grant Mitchell", ida: "Ida", "jon.s": "Jón Sigurðsson", leo: "Leo", mona: "Mona", nadia: "نادية خليل" };
  await account("sybil");
  for (const [who, name] of Object.entries(names)) await account(who, name);
  const sybil = await Native.signIn("sybil");
  const natives = {};
  for (const who of Object.keys(names)) {
    natives[who] = await Native.signIn(who);
    await sybil.add(who);
    if (who !== "mona") await natives[who].add("sybil");
  }
  for (const who of ["leo", "ida"]) {
    await natives.faythe.add(who);
    await natives[who].add("faythe");
  }
  await sybil.signOut();
  await natives.grant.call("set_status", { status: "busy" });
  await natives.grant.call("set_personal_message", { text: "In meetings until four" });
  await natives.ida.call("set_status", { status: "away" });
  await natives.nadia.call("set_personal_message", { text: "أقرأ في الحديقة" });
  await natives.leo.call("set_personal_message", { text: "♫ Nick Drake – Northern Sky" });
  await natives.leo.call("set_idle", { idle: true });
  await natives.faythe.say("sybil", "Did you see the lighthouse pictures? The second one would look good on the wall.");
  await natives["jon.s"].say("sybil", "See you on Thursday 👋");
  await natives["jon.s"].signOut();
  const { operation } = await natives.faythe.call("create_group", { members: ["8:live:sybil", "8:live:leo", "8:live:ida"], topic: "Hut in the hills" });
  const { conversation } = await natives.faythe.event({ event: "OperationSucceeded", operation });
  await natives.leo.event({ event: "GroupChanged", conversation });
  await natives.leo.say(conversation, "I can bring the stove");
  const page = await signIn(await person(options), "sybil");
  await page.locator(".row", { hasText: "Grant" }).waitFor();
  return [page, natives];
}

let natives;
let cookies;

test("pictures of people, a conversation and a group", async () => {
  let page;
  [page, natives] = await life({ deviceScaleFactor: 1 });
  cookies = await page.context().cookies();
  await page.locator(".own .personal").fill("On the train, patchy network");
  await page.locator(".own .personal").press("Enter");
  await looks(page, "people");
  await open(page, "Faythe");
  await sees(page, "lighthouse");
  await say(page, "Just now! Which lens was that?");
  await page.locator(".mine.delivered").waitFor();
  await natives.faythe.say("sybil", "The old 35 mm");
  await natives.faythe.say("sybil", "with the yellow filter: https://example.org/pictures/lighthouse?size=large#second");
  await sees(page, "yellow filter");
  await say(page, "👏👏");
  await page.locator(".mine.delivered", { hasText: "👏👏" }).waitFor();
  await natives.faythe.call("send_typing", { to: "8:live:sybil", typing: true });
  await page.locator(".typing span").waitFor();
  await looks(page, "conversation");
  await page.getByRole("button", { name: "Details" }).click();
  await page.locator(".details").waitFor();
  await looks(page, "person");
  await open(page, "Hut in the hills");
  await say(page, "Then I take the pancakes 🥞 and the good maple syrup, if nobody minds the weight");
  await page.locator(".mine.delivered").waitFor();
  await page.getByRole("button", { name: "Details" }).click();
  await page.locator(".members").waitFor();
  await looks(page, "group");
  await page.locator(".own .who").click();
  await looks(page, "menu");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "New group" }).click();
  await looks(page, "new-group");
});

/** The same person again, in another window. */
async function again(options, hash = "") {
  const context = await person(options);
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto(`${SERVICE}/${hash}`);
  await page.locator(".row.talk, .bubble").first().waitFor();
  return page;
}

test("pictures in the dark", async () => {
  const page = await again({ colorScheme: "dark" }, "#8%3Alive%3Afaythe");
  await sees(page, "lighthouse");
  await looks(page, "dark");
  await page.locator(".own .who").click();
  await page.getByLabel("Colours").selectOption("light");
  await page.keyboard.press("Escape");
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "light");
});

test("pictures on a phone", async () => {
  const phone = { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
  const page = await again(phone);
  await looks(page, "phone-list");
  await page.getByRole("button", { name: /Faythe/ }).tap();
  await sees(page, "lighthouse");
  await looks(page, "phone-conversation");
  await page.getByRole("button", { name: "Details" }).tap();
  await page.locator(".details").waitFor();
  await looks(page, "phone-details");
  await page.goBack();
  await page.goBack();
  await page.locator(".row.talk").first().waitFor();
});

test("pictures with text twice as large", async () => {
  const page = await again({ viewport: { width: 1180, height: 760 } }, "#8%3Alive%3Afaythe");
  await page.evaluate(() => (document.documentElement.style.fontSize = "200%"));
  await sees(page, "lighthouse");
  await looks(page, "large-text");
  const small = await again({ viewport: { width: 390, height: 780 } });
  await small.evaluate(() => (document.documentElement.style.fontSize = "200%"));
  await looks(small, "large-text-phone");
});

test("pictures of a name that is written from right to left", async () => {
  const page = await again({}, "#8%3Alive%3Anadia");
  await natives.nadia.say("sybil", "مرحبا! كيف كان القطار؟ (العربة 7)");
  await sees(page, "مرحبا");
  await say(page, "Late, as ever, but the view was fine.");
  await page.locator(".mine.delivered").waitFor();
  await looks(page, "right-to-left");
  assert.equal(await page.locator(".theirs .bubble").last().evaluate((it) => getComputedStyle(it).direction), "rtl");
});

test("the sign-in form is accessible in both lights", async () => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await (await person({ colorScheme })).newPage();
    await page.goto(SERVICE);
    await looks(page, `sign-in-${colorScheme}`);
  }
});

