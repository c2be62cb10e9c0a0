// A bot that says again what it is told: `node bot.js SERVICE LOGIN PASSWORD`.

import { Client, cookieFetch, load, signIn } from "msnp";

const [service, login, password] = process.argv.slice(2);
const fetch = cookieFetch();
if (!(await signIn(service, login, password, fetch))) throw new Error("That account or password is not right.");
const client = await Client.start({ module: load(process.env.MSNP_WASM), service, fetch });
process.once("SIGINT", () => client.signOut());

let me;
client.signIn();
for await (const event of client) {
  if (event.event === "SignedIn") console.log(`Signed in as ${(me = event.me)}.`);
  if (event.event === "SignedOut") console.log(`Signed out: ${event.reason}.`);
  if (event.event === "ContactChanged" && event.lists.includes("pending")) client.addContact(event.contact);
  if (event.event === "MessageReceived" && event.from !== me) client.sendText(event.conversation, `You said: ${event.text}`);
}
