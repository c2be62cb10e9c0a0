// A server and two clients, each an instance of the module: they sign in, and one writes to the other.
// `node server.js MODULE` ends by itself, and well, or says what is wrong.

import { strict as assert } from "node:assert";
import { webcrypto } from "node:crypto";
import { readFile } from "node:fs/promises";

import { Browser } from "../host/browser.js";
import { Driver } from "../host/driver.js";
import { Server } from "../host/server.js";
import { signIn } from "../host/sign_in.js";

globalThis.crypto ??= webcrypto;

const SERVICE = "https://msn.example";
const module = await WebAssembly.compile(await readFile(process.argv[2]));
const account = (name) => ({
  skype_id: `live:${name}`,
  email: `${name}@example.org`,
  name,
  password: "secret",
});
const server = await Server.start(module, "msn.example", [account("alice"), account("bob")]);

class Person {
  #told = [];
  #waiting;

  static async signIn(name) {
    const person = new Person();
    const { fetch } = new Browser(server.fetch);
    assert.equal(await signIn(SERVICE, `${name}@example.org`, "a guess", fetch), false);
    assert.equal(await signIn(SERVICE, `${name}@example.org`, "secret", fetch), true);
    const tell = (event) => {
      person.#told.push(event);
      person.#waiting?.();
    };
    person.driver = await Driver.start(module, SERVICE, tell, fetch);
    person.driver.verb("sign_in");
    assert.equal((await person.next("SignedIn")).me, `8:live:${name}`);
    return person;
  }

  async next(event) {
    for (;;) {
      const at = this.#told.findIndex((told) => told.event === event);
      if (at >= 0) return this.#told.splice(at, 1)[0];
      await new Promise((resolve) => (this.#waiting = resolve));
    }
  }
}

const [alice, bob] = [await Person.signIn("alice"), await Person.signIn("bob")];
const { message } = alice.driver.verb("send_text", { to: "8:live:bob", text: "from wasm to wasm" });
const received = await bob.next("MessageReceived");
assert.deepEqual([received.from, received.text], ["8:live:alice", "from wasm to wasm"]);
assert.equal((await alice.next("MessageDelivered")).message, message);
for (const person of [alice, bob]) {
  person.driver.verb("sign_out");
  await person.next("SignedOut");
}
server.stop();
console.log("ok");
