// A caller with node-soap: Login, LoginIM, KeepSessionAlive until signed in, and a fault.
// Arguments: the URL of the WSDL, the service account and its password, the IM account and its
// password.
"use strict";
const assert = require("node:assert");
const soap = require("soap");

const [wsdl, user, password, account, imPassword] = process.argv.slice(2);

async function main() {
  const client = await soap.createClientAsync(wsdl);
  await assert.rejects(client.LoginAsync({ userId: user, password: "wrong" }), (error) => {
    const fault = error.root.Envelope.Body.Fault;
    assert.match(fault.faultcode, /:Server$/);
    assert.match(fault.faultstring, /---> Invalid user ID or password\.$/);
    return true;
  });
  console.log("a refused Login");

  const [{ LoginResult: session }] = await client.LoginAsync({ userId: user, password });
  assert.strictEqual(session.UserId, user);
  console.log("Login");

  await client.LoginIMAsync({ session, imType: "msn", account, password: imPassword });
  console.log("LoginIM");

  for (const deadline = Date.now() + 60000; Date.now() < deadline; ) {
    const [{ KeepSessionAliveResult: events }] = await client.KeepSessionAliveAsync({ session });
    assert.match(events, new RegExp(`^<\\?xml [^>]*\\?>\\s*<Session id="${session.SessionId}">`));
    if (events.includes("<OnLogin datetime=")) {
      console.log("OnLogin");
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("no OnLogin");
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
