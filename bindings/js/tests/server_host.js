// The host of the server in wasm: its clock, its alarm, its randomness. Instead of a network it has a `fetch`, so
// clients in the same page, or the same process, reach it without a socket.

import { ask } from "../lib/driver.js";

export class Server {
  #module;
  /** Who waits for a reply, by exchange. */
  #waiting = new Map();
  #exchanges = 0;
  #alarm;

  /**
   * Starts a server in which nothing was said yet.
   *
   * @param module the compiled module, a `WebAssembly.Module`
   * @param host the name that clients reach it by
   * @param accounts `[{ skype_id, email, name, password }]`
   */
  static async start(module, host, accounts) {
    const server = new Server();
    const { exports } = await WebAssembly.instantiate(module, {});
    server.#module = exports;
    server.#call("start", { host, accounts }, crypto.getRandomValues(new Uint8Array(32)));
    server.#give();
    return server;
  }

  /** For `fetch(url, init)`: every response as it is, redirects too. */
  fetch = (url, { method = "GET", headers, body = "", signal } = {}) => {
    const { pathname, search } = new URL(url);
    const exchange = ++this.#exchanges;
    const replied = new Promise((resolve, reject) => {
      this.#waiting.set(exchange, resolve);
      signal?.addEventListener("abort", () => {
        if (!this.#waiting.delete(exchange)) return;
        this.#call("reply_lost", { exchange });
        this.#give();
        reject(signal.reason);
      });
    });
    const said = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const bytes = new Uint8Array(ENTROPY + said.length);
    crypto.getRandomValues(bytes.subarray(0, ENTROPY));
    bytes.set(said, ENTROPY);
    const request = { exchange, method, uri: pathname + search, headers: [...new Headers(headers)] };
    this.#call("request", request, bytes);
    this.#give();
    return replied;
  };

  /** No alarm rings any more. */
  stop() {
    clearTimeout(this.#alarm);
  }

  /** Hands out the replies, and sets the alarm. */
  #give() {
    for (;;) {
      const [reply, body] = this.#call("poll_reply");
      if (reply === null) break;
      const resolve = this.#waiting.get(reply.exchange);
      if (!resolve) continue;
      this.#waiting.delete(reply.exchange);
      const { exchange, status, headers } = reply;
      this.#call("reply_sent", { exchange });
      resolve(new Response(body.length ? body : null, { status, headers }));
    }
    clearTimeout(this.#alarm);
    const [due] = this.#call("poll_timeout");
    if (due !== null) {
      const wait = Math.ceil(Math.max(0, due - now()) / 1000);
      this.#alarm = setTimeout(() => {
        this.#call("handle_timeout");
        this.#give();
      }, Math.min(wait, LONGEST_WAIT_MS));
    }
  }

  #call(call, fields, body) {
    return ask(this.#module, `server_${call}`, fields, body);
  }
}

/** Random bytes for each request. */
const ENTROPY = 196;

const LONGEST_WAIT_MS = 10_000;

/** Microseconds on a clock that never goes back. */
function now() {
  return Math.floor(performance.now() * 1000);
}
