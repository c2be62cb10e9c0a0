// How long it takes to be signed in, beside the least that it could: `cargo test --package msnp-web -- measure`. It is no test: it says
// numbers, and only if it is asked for.

import { account, isIn, person, SERVICE, signIn, test } from "./world.mjs";

const TURNS = 15;

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

/** Milliseconds until a page has come and `run` is through, with everything in the browser's cache but the first time. */
async function times(context, run) {
  const all = [];
  for (let turn = 0; turn <= TURNS; turn++) {
    const page = await context.newPage();
    const start = performance.now();
    await run(page);
    if (turn > 0) all.push(performance.now() - start);
    await page.close();
  }
  return `${Math.round(median(all))} ms, ${Math.round(Math.min(...all))} to ${Math.round(Math.max(...all))}`;
}

test(
  "measure: from loading the page to being signed in",
  async () => {
    await account("mia");
    const context = await person();
    const first = await signIn(context, "mia");
    await first.close();
    const page = await times(context, async (tab) => {
      await tab.goto(SERVICE);
      await isIn(tab);
    });
    // A page of a few lines that makes the two requests that cannot be left out: open, and the first poll.
    await context.route(`${SERVICE}/bare`, (route) => route.fulfill({ contentType: "text/html", body: "<title>bare</title>" }));
    const bare = await times(context, async (tab) => {
      await tab.goto(`${SERVICE}/bare`);
      await tab.evaluate(async () => {
        const gateway = "/gateway/gateway.dll";
        const ask = (query, body) => fetch(`${gateway}?${query}`, { method: "POST", body, headers: { "X-MSN-Auth": "Use-Cookie" } });
        const opened = await ask("Action=open&Server=NS&IP=localhost", "CNT 1 CON 0\r\n");
        const session = /SessionID=([^;]*)/.exec(opened.headers.get("X-MSN-Messenger") ?? "")?.[1];
        await ask(`Action=poll&SessionID=${session}`, "");
      });
    });
    console.log(`  the page, to signed in:        ${page}`);
    console.log(`  a bare page, open and a poll:  ${bare}`);
  },
  { onlyIfAsked: true },
);
