// The guest program of this driver, by which `msnp conformance` judges it from the wire: what it must do is said in
// docs/backends.md. `node guest.js MODULE GATEWAY SECONDS`.

import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";

import { Browser } from "./browser.js";
import { Driver } from "./driver.js";

// Pages have it; node has it from 20 on.
globalThis.crypto ??= webcrypto;

const [path, gateway, seconds] = process.argv.slice(2);
const module = await WebAssembly.compile(await readFile(path));
const { fetch } = new Browser();

/** One session, until it is closed: whether by us. */
async function session() {
  let over;
  const closed = new Promise((resolve) => (over = resolve));
  const start = { gateway, reply: Number(seconds), host_cookies: true };
  const driver = await Driver.start(module, start, hear, fetch);
  driver.verb("send", {}, encode("HELLO\r\n"));
  return closed;

  async function hear({ event, send, fate, local }, bytes) {
    if (event === "Closed") over(local);
    if (event === "Unsent") driver.verb("send", {}, encode(`UNSENT ${send} ${fate}\r\n`));
    if (event !== "Received") return;
    const line = new TextDecoder("latin1").decode(bytes.subarray(0, 16));
    if (line === "OUT\r\n") driver.verb("close");
    // The next event is taken when this has come to its end.
    else if (line.startsWith("REST ")) await new Promise((rested) => setTimeout(rested, parseInt(line.slice(5))));
    else if (!line.startsWith("SKIP")) driver.verb("send", {}, bytes);
  }
}

const encode = (text) => new TextEncoder().encode(text);

while (await session());
process.exit();
