// What the scripts of the browser work with: the service and the other clients (`browser.rs`, by lines of JSON), pages, and what is
// watched in every page.

import { strict as assert } from "node:assert";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

export const SERVICE = process.env.SERVICE;
/** What stands in front of the service as of a network of old, and serves the page too. */
export const FRONT = process.env.FRONT;
export const OUTPUT = process.env.OUTPUT;

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
let turn = Promise.resolve();

/** Asks the world for something; one after another. */
export function ask(what, fields = {}) {
  const asked = turn.then(async () => {
    process.stdout.write(`${JSON.stringify({ do: what, ...fields })}\n`);
    const { value } = await answers.next();
    const answer = JSON.parse(value);
    if (answer?.missing) throw new Error(`${JSON.stringify(answer.missing)} does not come; ${answer.told}`);
    return answer;
  });
  turn = asked.catch(() => {});
  return asked;
}

/** Somebody who is not in a browser. */
export class Native {
  constructor(who, dialect) {
    this.who = who;
    this.dialect = dialect;
  }

  /** In MSNP24 through the service's own gateway, or in a dialect of old by TCP. */
  static async signIn(who, dialect) {
    await ask("sign_in", { who, dialect });
    return new Native(who, dialect);
  }

  /** How somebody is called in its dialect. */
  name(who) {
    return this.dialect ? `${who}@example.org` : `8:live:${who}`;
  }

  call(call, fields = {}) {
    return ask("call", { who: this.who, call, fields });
  }

  event(like) {
    return ask("event", { who: this.who, like });
  }

  count(like) {
    return ask("count", { who: this.who, like });
  }

  async add(other) {
    const { operation } = await this.call("add_contact", { contact: this.name(other) });
    await this.event({ event: "OperationSucceeded", operation });
  }

  say(to, text) {
    return this.call("send_text", { to: to.includes(":") ? to : this.name(to), text });
  }

  heard(text) {
    return this.event({ event: "MessageReceived", text });
  }

  signOut() {
    return ask("sign_out", { who: this.who });
  }
}

export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  headless: true,
  chromiumSandbox: false,
  args: [
    // Nothing but the service is there.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--disable-dev-shm-usage",
  ],
});

/** What was seen in any page that must not be. */
const wrong = [];

/** A browser of one person's own. */
export async function person(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, ...options });
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  context.on("page", (page) => watch(page));
  return context;
}

function watch(page) {
  page.on("pageerror", (error) => wrong.push(`error in a page: ${error.stack ?? error}`));
  page.on("console", (message) => {
    const text = message.text();
    // Chromium says so of every request that fails, and some are meant to.
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) wrong.push(`console: ${text}`);
  });
  page.on("request", (request) => {
    const url = request.url();
    if (![SERVICE, FRONT, "data:"].some((known) => url.startsWith(known))) wrong.push(`request to ${url}`);
  });
}

/** Fails if anything was seen that must not be. */
export function nothingIsWrong() {
  assert.deepEqual(wrong.splice(0), []);
}

/** Signs in by the form, as people do. */
export async function signIn(context, who) {
  const page = await context.newPage();
  await page.goto(SERVICE);
  await page.getByLabel("Address").fill(`${who}@example.org`);
  await page.getByLabel("Password").fill("secret");
  await page.getByRole("button", { name: "Sign in" }).click();
  await isIn(page);
  return page;
}

/** Signs in at the page in front of a network of old. */
export async function signInFront(context, who, dialect) {
  const page = await context.newPage();
  await page.goto(FRONT);
  await page.getByLabel("Address").fill(`${who}@example.org`);
  await page.getByLabel("Password").fill("secret");
  if (dialect) await page.getByLabel("Dialect").selectOption(dialect);
  await page.getByRole("button", { name: "Sign in" }).click();
  await isIn(page);
  return page;
}

/** The page is signed in. */
export async function isIn(page) {
  await page.locator(".own .who .mark.online").waitFor({ timeout: 30_000 });
}

const accounts = new Map();

/** Makes an account, if there is none yet. */
export async function account(who, name = who.charAt(0).toUpperCase() + who.slice(1)) {
  if (!accounts.has(who)) accounts.set(who, ask("account", { who, name }));
  await accounts.get(who);
}

/** Two people who have each other on their lists; the second is native, the first gets a page. */
export async function friends(who, other, options) {
  await account(who);
  await account(other);
  const [one, two] = [await Native.signIn(who), await Native.signIn(other)];
  await one.add(other);
  await two.add(who);
  await one.signOut();
  const page = await signIn(await person(options), who);
  return [page, two];
}

/** Opens the conversation with somebody who is on the list. */
export async function open(page, name) {
  await page.locator("nav.list").getByRole("button", { name }).first().click();
  await page.locator("main .title").getByText(name).waitFor();
}

export async function say(page, text) {
  const field = page.locator("textarea");
  await field.fill(text);
  await field.press("Enter");
}

/** A message with this text is shown. */
export async function sees(page, text) {
  await page.locator(".bubble", { hasText: text }).last().waitFor({ timeout: 30_000 });
}

export async function picture(page, name) {
  await page.screenshot({ path: `${OUTPUT}/${name}.png`, animations: "disabled" });
}

/** What a test gives that has not tried anything. */
export const NOT_RUN = Symbol("not run");

const tests = [];

/** A test, run in the order in which they stand. */
export function test(name, run, { onlyIfAsked = false } = {}) {
  tests.push([name, run, onlyIfAsked]);
}

export async function runAll(wanted) {
  let failed = 0;
  for (const [name, run, onlyIfAsked] of tests) {
    if (onlyIfAsked && wanted.length === 0) continue;
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    const contexts = new Set(browser.contexts());
    const start = performance.now();
    let isWell = false;
    try {
      isWell = (await run()) !== NOT_RUN;
      nothingIsWrong();
    } catch (error) {
      for (const context of browser.contexts()) {
        for (const [index, page] of context.pages().entries()) await picture(page, `failed-${name.replace(/\W+/g, "-").slice(0, 40)}-${index}`).catch(() => {});
      }
      failed++;
      console.error(`${name}: ${error.stack ?? error}`);
      if (wrong.length > 0) console.error(wrong.splice(0).join("\n"));
    }
    if (isWell) process.stdout.write(`${JSON.stringify({ ran: name, took: Math.round(performance.now() - start) })}\n`);
    for (const context of browser.contexts()) if (!contexts.has(context)) await context.close();
  }
  await browser.close();
  process.exit(failed > 0 ? 1 : 0);
}

export { assert };
