// The guest program of this driver, by which `msnp conformance` judges it from the wire: what it must do is said in
// docs/backends.md. `node guest.js MODULE GATEWAY SECONDS`.

import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";

import { cookieFetch } from "../lib/cookies.js";
import { Driver } from "../lib/driver.js";

// Pages have it; node has it from 20 on.
globalThis.crypto ??= webcrypto;

const [path, gateway, seconds] = process.argv.slice(2);
const module = await WebAssembly.compile(await readFile(path));
const fetch = cookieFetch();

/** One session, until it is closed: whether by us. */
async function session() {
  const driver = await Driver.start(module, fetch);
  const send = (bytes) => driver.call("send", {}, bytes);
  driver.call("start", { gateway, reply: Number(seconds), host_cookies: true });
  send(encode("HELLO\r\n"));
  for (;;) {
    // The next event is taken when all of this has been done.
    const { event, send: id, fate, local, bytes } = await driver.next();
    if (event === "Closed") return local;
    if (event === "Unsent") send(encode(`UNSENT ${id} ${fate}\r\n`));
    if (event !== "Received") continue;
    const line = new TextDecoder("latin1").decode(bytes.subarray(0, 16));
    if (line === "OUT\r\n") driver.call("close");
    else if (line.startsWith("REST ")) await new Promise((rested) => setTimeout(rested, parseInt(line.slice(5))));
    else if (!line.startsWith("SKIP")) send(bytes);
  }
}

const encode = (text) => new TextEncoder().encode(text);

while (await session());
process.exit();
