// The terminal client, as people run it: the command itself.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { account, assert, Native, NOT_RUN, open, person, say, sees, SERVICE, signIn, test } from "./world.mjs";

/** Longer than anything takes that happens at all. */
const PATIENCE_MS = 40_000;

/** `msnp chat` in a pipe. */
class Chat {
  #child;
  #lines = [];
  #waiting = () => {};

  constructor(who) {
    const env = { ...process.env, MSNP_PASSWORD: "secret" };
    this.#child = spawn(process.env.MSNP, ["chat", `${who}@example.org`, "--server", SERVICE], { env, stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      this.#lines.push(line);
      this.#waiting();
    });
    this.#child.on("exit", () => this.#waiting());
  }

  type(line) {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Waits for a line with this in it. */
  async sees(text) {
    let isLate = false;
    const patience = setTimeout(() => {
      isLate = true;
      this.#waiting();
    }, PATIENCE_MS);
    while (!this.count(text)) {
      if (isLate || this.#child.exitCode !== null) throw new Error(`${text} never came; seen:\n${this.#lines.join("\n")}`);
      await new Promise((resolve) => (this.#waiting = resolve));
    }
    clearTimeout(patience);
  }

  count(text) {
    return this.#lines.filter((line) => line.includes(text)).length;
  }

  /** Ends the input, and waits for the end. */
  async end() {
    const ended = new Promise((resolve) => this.#child.on("exit", resolve));
    this.#child.stdin.end();
    assert.equal(await ended, 0);
  }
}

test("a page and `msnp chat` write to each other", async () => {
  if (!process.env.MSNP) {
    const missing = "there is no msnp: try `cargo build --package msnp-cli`";
    assert.ok((process.env.MSNP_TEST_ALL ?? "0") === "0", missing);
    console.log(`  not run: ${missing}`);
    return NOT_RUN;
  }
  for (const who of ["tina", "uwe"]) await account(who);
  const tina = await Native.signIn("tina");
  await tina.add("uwe");
  await tina.signOut();
  const uwe = new Chat("uwe");
  await uwe.sees("Signed in as");
  uwe.type("/add 8:live:tina");
  await uwe.sees("done");
  const page = await signIn(await person(), "tina");
  await open(page, "Uwe");
  await say(page, "hello from the page");
  await uwe.sees("> hello from the page");
  uwe.type("/msg 8:live:tina hello from a terminal 👋");
  await sees(page, "hello from a terminal 👋");
  await page.getByRole("button", { name: "Nudge" }).click();
  await uwe.sees("nudges you!");
  assert.equal(uwe.count("> hello from the page"), 1);
  assert.equal(await page.locator(".bubble", { hasText: "hello from a terminal" }).count(), 1);
  await uwe.end();
  await page.locator(".row .mark.offline").waitFor();
});
