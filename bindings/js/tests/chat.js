// A client on standard input and output, a line of JSON each: `node chat.js MODULE SERVICE`.
//
// First comes who signs in, `{"login": …, "password": …}`, or `{}` to go without cookies; then verbs, `{"call": "send_text", "to": …, "text": …}`.
// Events go out, and answers to verbs, `{"answer": …}`. It ends when the client is signed out.

import { createInterface } from "node:readline";

import { Client, cookieFetch, load, signIn } from "../lib/node.js";

const [path, service] = process.argv.slice(2);
const fetch = cookieFetch();
const input = createInterface({ input: process.stdin });
const lines = input[Symbol.asyncIterator]();
const print = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const { login, password } = JSON.parse((await lines.next()).value);
if (login && !(await signIn(service, login, password, fetch))) {
  print({ event: "SignInRefused" });
  process.exit();
}

const client = await Client.start({ module: load(path), service, fetch });
client.signIn();
obey();
for await (const event of client) print(event);
// What else is in flight by now, the engine has taken back: node would still wait for standard input.
input.close();

async function obey() {
  for await (const line of lines) {
    const { call, ...fields } = JSON.parse(line);
    try {
      print({ answer: client.call(call, fields) });
    } catch (refused) {
      print({ answer: { refused: refused.message } });
    }
  }
}
