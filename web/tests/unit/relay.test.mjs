import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";

import { relayFetch } from "../../../bindings/js/lib/relay.js";

test("what a page may not write or read goes through the relay by other names, and nothing else does", async () => {
  const asked = [];
  const relay = relayFetch(async (url, { headers }) => {
    asked.push([url, [...new Headers(headers)]]);
    const answered = { "x-msn-relay-status": "302", "x-msn-relay-location": "https://b.example/", "content-type": "text/xml" };
    return new Response("<a/>", { headers: answered });
  });
  const headers = [["cookie", "MSPAuth=1"], ["soapaction", "x"]];
  const reply = await relay("https://gw.example/relay/rst", { method: "POST", headers });
  deepEqual(asked[0][1], [["soapaction", "x"], ["x-msn-relay-cookie", "MSPAuth=1"]]);
  equal(reply.status, 302);
  deepEqual([...reply.headers], [["content-type", "text/xml"], ["location", "https://b.example/"]]);
  equal(await new Response(reply.body).text(), "<a/>");
  // A gateway's own replies are not the relay's, whatever stands in them.
  const other = await relay("https://gw.example/gateway/gateway.dll", { headers });
  deepEqual(asked[1][1], [["cookie", "MSPAuth=1"], ["soapaction", "x"]]);
  equal(other.status, 200);
});
