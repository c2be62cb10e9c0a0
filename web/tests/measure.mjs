// What the page costs: `cargo test --profile dist --package msnp-web -- measure`. These are no tests: they say numbers, and only if they are
// asked for. Each is told beside the least that it could be, as both are in the same run.

import { readFile } from "node:fs/promises";

import { crowd, scroll } from "./crowd.mjs";
import { account, browser, friends, isIn, open, person, SERVICE, signIn, test } from "./world.mjs";

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

/** A page of a few lines that makes the two requests that cannot be left out: open, and the first poll. */
async function bare(context) {
  await context.route(`${SERVICE}/bare`, (route) => route.fulfill({ contentType: "text/html", body: "<title>bare</title>" }));
}

function openAndPoll(tab) {
  return tab.evaluate(async () => {
    const ask = (query, body) => fetch(`/gateway/gateway.dll?${query}`, { method: "POST", body, headers: { "X-MSN-Auth": "Use-Cookie" } });
    const opened = await ask("Action=open&Server=NS&IP=localhost", "CNT 1 CON 0\r\n");
    const session = /SessionID=([^;]*)/.exec(opened.headers.get("X-MSN-Messenger") ?? "")?.[1];
    await ask(`Action=poll&SessionID=${session}`, "");
  });
}

test(
  "measure: from loading the page to being signed in",
  async () => {
    await account("mia");
    const context = await person();
    await bare(context);
    const first = await signIn(context, "mia");
    await first.close();
    const page = await times(context, async (tab) => {
      await tab.goto(SERVICE);
      await isIn(tab);
    });
    const least = await times(context, async (tab) => {
      await tab.goto(`${SERVICE}/bare`);
      await openAndPoll(tab);
    });
    console.log(`  the page, to signed in:        ${page}`);
    console.log(`  a bare page, open and a poll:  ${least}`);
  },
  { onlyIfAsked: true },
);

/** What the process of a page has of its own, and how long it has worked. */
async function cost(page, pid) {
  const tools = await page.context().newCDPSession(page);
  // Leaves what the page no longer needs out of the number.
  await tools.send("HeapProfiler.collectGarbage");
  const { usedSize } = await tools.send("Runtime.getHeapUsage");
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  const kib = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+)/gm)].reduce((sum, [, kib]) => sum + Number(kib), 0);
  const ticks = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1].split(" ");
  // In hundredths of a second (proc(5), utime and stime).
  return { heap: usedSize, own: kib * 1024, seconds: (Number(ticks[11]) + Number(ticks[12])) / 100 };
}

/** The process that draws a page: of those that there are, the one whose work grows while the page works. */
async function pidOf(page) {
  const tools = await page.context().newCDPSession(page);
  const root = await browser.newBrowserCDPSession();
  const renderers = async () => (await root.send("SystemInfo.getProcessInfo")).processInfo.filter(({ type }) => type === "renderer");
  const before = new Map((await renderers()).map(({ id, cpuTime }) => [id, cpuTime]));
  await tools.send("Runtime.evaluate", { expression: "{ const end = performance.now() + 400; while (performance.now() < end); }" });
  const grown = (await renderers()).map(({ id, cpuTime }) => [id, cpuTime - (before.get(id) ?? 0)]);
  return grown.toSorted((a, b) => b[1] - a[1])[0][0];
}

const MINUTES = Number(process.env.MSNP_IDLE_MINUTES ?? 5);

test(
  "measure: memory and work of a page that is signed in and idle",
  async () => {
    const [page, other] = await friends("ina", "ole");
    await open(page, "Ole");
    await other.say("ina", "good night");
    const alone = await person();
    const least = await alone.newPage();
    await least.goto(`${SERVICE}/about`);
    const [pagesOwn, leastsOwn] = [await pidOf(page), await pidOf(least)];
    const before = [await cost(page, pagesOwn), await cost(least, leastsOwn)];
    await new Promise((resolve) => setTimeout(resolve, MINUTES * 60_000));
    const after = [await cost(page, pagesOwn), await cost(least, leastsOwn)];
    const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
    for (const [index, name] of ["the page", "a page without a script"].entries()) {
      const [was, is] = [before[index], after[index]];
      const seconds = is.seconds - was.seconds;
      console.log(
        `  ${name}, over ${MINUTES} minutes: ${seconds.toFixed(2)} s of a processor (${((seconds / (MINUTES * 60)) * 100).toFixed(2)} %), ` +
          `heap ${megabytes(was.heap)} to ${megabytes(is.heap)}, its process's own memory ${megabytes(was.own)} to ${megabytes(is.own)}`,
      );
    }
    await other.signOut();
  },
  { onlyIfAsked: true },
);

test(
  "measure: long tasks while scrolling over many people and messages",
  async () => {
    const [page, other] = await friends("cara", "don");
    await open(page, "Don");
    await crowd(page, "cara", "don");
    await page.locator(".bubble", { hasText: "Message 9999" }).waitFor();
    await page.locator(".row", { hasText: "Person 0" }).first().waitFor();
    // The same boxes, as long, with nothing in them.
    const [empty, nobody] = await friends("ebba", "finn");
    await open(empty, "Finn");
    for (const box of [".scroll.talk", ".list .scroll"]) {
      const height = await page.locator(box).evaluate((element) => element.scrollHeight);
      await empty.locator(box).evaluate((element, height) => {
        const space = document.createElement("div");
        space.style.height = `${height}px`;
        element.replaceChildren(space);
        element.scrollTop = height;
      }, height);
      for (const [name, where] of [["full", page], ["empty", empty]]) {
        await where.bringToFront();
        await where.evaluate(() => {
          globalThis.long = [];
          globalThis.watching = new PerformanceObserver((list) => globalThis.long.push(...list.getEntries().map(({ duration }) => Math.round(duration))));
          globalThis.watching.observe({ type: "longtask" });
        });
        for (let turn = 0; turn < 5; turn++) await scroll(where, box);
        const long = await where.evaluate(() => new Promise((resolve) => setTimeout(() => resolve(globalThis.watching.disconnect() ?? globalThis.long), 200)));
        const over = long.filter((duration) => duration > 100);
        console.log(`  ${box}, ${name}: ${over.length} tasks over 100 ms in 400 frames (longest ${Math.max(0, ...long)} ms; ${long.length} over 50 ms)`);
      }
    }
    await other.signOut();
    await nobody.signOut();
  },
  { onlyIfAsked: true },
);
