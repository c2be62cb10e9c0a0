// A server and two clients, each an instance of the module: they sign in, and one writes to the other.
// `node server.js MODULE` ends by itself, and well, or says what is wrong.

import { strict as assert } from "node:assert";
import { Client, cookieFetch, load, signIn } from "../lib/node.js";
import { Server } from "./server_host.js";

const SERVICE = "https://msn.example";
const module = await load(process.argv[2]);
const account = (name) => ({
  skype_id: `live:${name}`,
  email: `${name}@example.org`,
  name,
  password: "secret",
});
const server = await Server.start(module, "msn.example", [account("alice"), account("bob")]);

class Person {
  static async signIn(name) {
    const person = new Person();
    const fetch = cookieFetch(server.fetch);
    assert.equal(await signIn(SERVICE, `${name}@example.org`, "a guess", fetch), false);
    assert.equal(await signIn(SERVICE, `${name}@example.org`, "secret", fetch), true);
    person.client = await Client.start({ module, service: SERVICE, fetch });
    person.client.signIn();
    assert.equal((await person.next("SignedIn")).me, `8:live:${name}`);
    return person;
  }

  /** The next event of that name; those before it are passed over. */
  async next(name) {
    for (;;) {
      const event = await this.client.next();
      if (event.event === name) return event;
    }
  }
}

const [alice, bob] = [await Person.signIn("alice"), await Person.signIn("bob")];
const message = alice.client.sendText("8:live:bob", "from wasm to wasm");
const received = await bob.next("MessageReceived");
assert.deepEqual([received.from, received.text], ["8:live:alice", "from wasm to wasm"]);
assert.equal((await alice.next("MessageDelivered")).message, message);
for (const person of [alice, bob]) {
  person.client.signOut();
  await person.next("SignedOut");
}
server.stop();
console.log("ok");
