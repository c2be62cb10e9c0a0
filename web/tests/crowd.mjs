// A thousand people and ten thousand messages, and how one scrolls over them.

import { SERVICE } from "./world.mjs";

/** Tells the page of `me` of a thousand people, and of ten thousand messages with `other`. */
export async function crowd(page, me, other) {
  // Another page of the service tells them, as the tab that has the engine would.
  const teller = await page.context().newPage();
  await teller.goto(`${SERVICE}/about`);
  await teller.evaluate(([me, other]) => {
    const channel = new BroadcastChannel("msnp");
    const tell = (fact) => channel.postMessage({ say: "fact", told: { fact, at: Date.now() } });
    const nothing = { personal_message: null, endpoints: [], picture: null };
    for (let number = 0; number < 1000; number++) {
      const contact = `8:live:person${number}`;
      tell({ event: "ContactChanged", contact, name: `Person ${number}`, lists: ["forward", "allow"], groups: [] });
      const status = ["online", "busy", "away", "offline"][number % 4];
      tell({ event: "PresenceChanged", contact, status, name: null, ...nothing, personal_message: `Message ${number}` });
    }
    const messages = [];
    const start = Date.now() - 40 * 86_400_000;
    for (let number = 0; number < 10_000; number++) {
      const from = `8:live:${number % 7 < 3 ? other : me}`;
      const text = `Message ${number} ${"and more words ".repeat((number * 7) % 23)}`;
      const rest = { from_name: null, format: "plain", format_name: null, delayed: true, receipt: null };
      messages.push({ message: String(number + 1e6), conversation: `8:live:${other}`, from, text, sent_at_ms: start + number * 300_000, ...rest });
    }
    tell({ event: "History", operation: null, conversation: `8:live:${other}`, messages, more: null });
  }, [me, other]);
}

/** Scrolls a box to its beginning and back, a step for each frame. Gives the most nodes that there were. */
export function scroll(page, box) {
  return page.locator(box).evaluate(async (element) => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    let most = 0;
    const distance = element.scrollHeight / 40;
    for (let step = 0; step < 80; step++) {
      element.scrollTop += step < 40 ? -distance : distance;
      await frame();
      most = Math.max(most, document.querySelectorAll("*").length);
    }
    return most;
  });
}
