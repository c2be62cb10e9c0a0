// A client on standard input and output, a line of JSON each: `node chat.js MODULE SERVICE`.
//
// First comes who signs in, `{"login": …, "password": …}`, or `{}` to go without cookies; then verbs, `{"call": "send_text", "to": …, "text": …}`.
// Events go out, and answers to verbs, `{"answer": …}`. It ends when the client is signed out.

import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

import { Browser } from "./browser.js";
import { Driver } from "./driver.js";
import { signIn } from "./sign_in.js";

// Pages have it; node has it from 20 on.
globalThis.crypto ??= webcrypto;

const [path, service] = process.argv.slice(2);
const module = await WebAssembly.compile(await readFile(path));
const { fetch } = new Browser();
const input = createInterface({ input: process.stdin });
const lines = input[Symbol.asyncIterator]();
const print = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const { login, password } = JSON.parse((await lines.next()).value);
if (login && !(await signIn(service, login, password, fetch))) {
  print({ event: "SignInRefused" });
  process.exit();
}

function tell(event) {
  print(event);
  // What else is in flight by now, the machine has taken back: node would still wait for standard input.
  if (event.event === "SignedOut") input.close();
}

const driver = await Driver.start(module, service, tell, fetch);
driver.verb("sign_in");
for await (const line of lines) {
  const { call, ...fields } = JSON.parse(line);
  print({ answer: driver.verb(call, fields) });
}
