// The host of the engine: its clock, its network, its alarm. Runs in a page, a worker and node as it is.
//
// It keeps what the machines ask of a driver (the guide of `machine-contract`): every request at once, none
// followed, resent or remembered; cancels; an alarm; and after every input all that the engine wants then. Events stay
// in the engine, which is bounded, until somebody asks for them.

import { exchange } from "./exchange.js";

/** Timers may stand still while the machine is asleep: no wait is longer without a look at the clock. */
const LONGEST_WAIT_MS = 10_000;

export class Driver {
  #engine;
  #fetch;
  /** What is in flight, by id; what is not in here any more has been cancelled. */
  #requests = new Map();
  /** Who waits for events, in the order in which they came. */
  #listeners = [];
  #alarm;
  /** Why the engine is no more. */
  #failure;
  /** Whether requests outlive the page that makes them. */
  #isLeaving = false;

  /**
   * An engine that was started with nothing yet.
   *
   * @param module the compiled module, a `WebAssembly.Module`
   * @param fetch what carries the requests: a browser's `fetch`
   */
  static async start(module, fetch = globalThis.fetch.bind(globalThis)) {
    const driver = new Driver();
    // Nothing is imported: what the engine knows of the world stands in this file.
    const { exports } = await WebAssembly.instantiate(module, {});
    driver.#engine = exports;
    driver.#fetch = fetch;
    return driver;
  }

  /** Has the engine do something; its answer. Throws what it says to be wrong. */
  call(name, fields, body) {
    const [answer] = this.#call(name, fields, body);
    this.#drain();
    return answer;
  }

  /** The next event, when there is one; with `bytes`, if it carries any. */
  next() {
    return new Promise((resolve, reject) => {
      if (this.#failure) throw this.#failure;
      this.#listeners.push({ resolve, reject });
      this.#drain();
    });
  }

  /** The page is about to go away: what is asked from now on is sent all the same, as far as browsers do that. */
  leave() {
    this.#isLeaving = true;
  }

  /** The page has stayed, or is back. */
  stay() {
    this.#isLeaving = false;
  }

  /** Carries out all that the engine wants, and tells who waits. */
  #drain() {
    for (;;) {
      for (;;) {
        const [order, body] = this.#call("poll_order");
        if (order?.send) this.#start(order.send, body);
        else if (order?.cancel !== undefined) this.#cancel(order.cancel);
        else break;
      }
      if (this.#listeners.length === 0) break;
      const [event, bytes] = this.#call("poll_event");
      if (event === null) break;
      if (bytes.length > 0) event.bytes = bytes;
      this.#listeners.shift().resolve(event);
    }
    clearTimeout(this.#alarm);
    const [due] = this.#call("poll_timeout");
    if (due !== null) {
      // Up to the next millisecond: an alarm that rings early would ring again at once.
      const wait = Math.ceil(Math.max(0, due - now()) / 1000);
      this.#alarm = setTimeout(() => this.#tell(), Math.min(wait, LONGEST_WAIT_MS));
    }
  }

  /** The same where nobody has called who could be told of a fault: whoever waits for an event is. */
  #tell() {
    try {
      this.#drain();
    } catch (error) {
      if (!(error instanceof Trapped)) throw error;
    }
  }

  async #start(request, body) {
    const controller = new AbortController();
    this.#requests.set(request.id, controller);
    const how = { signal: controller.signal, keepalive: this.#isLeaving };
    // Told later in any case: what fails at once would be told in the middle of the call that asked.
    const { sent, status, headers, body: answer } = await exchange(this.#fetch, request, body, how);
    if (!this.#requests.delete(request.id)) return;
    try {
      if (sent === undefined) this.#call("handle_response", { id: request.id, status, headers }, answer);
      else this.#call("handle_failure", { id: request.id, sent });
    } catch (error) {
      if (!(error instanceof Trapped)) throw error;
      return;
    }
    this.#tell();
  }

  #cancel(id) {
    this.#requests.get(id)?.abort();
    this.#requests.delete(id);
  }

  #call(call, fields, body) {
    if (this.#failure) throw this.#failure;
    try {
      return ask(this.#engine, call, fields, body);
    } catch (error) {
      if (error instanceof Trapped) this.#fail(error);
      throw error;
    }
  }

  /** It is over: nothing is under way any more, and whoever waits for an event is told. */
  #fail(trapped) {
    this.#failure = trapped;
    clearTimeout(this.#alarm);
    for (const id of [...this.#requests.keys()]) this.#cancel(id);
    for (const { reject } of this.#listeners.splice(0)) reject(trapped);
  }
}

/** The engine has found a fault of its own, and is not called again. */
export class Trapped extends Error {}

/** Asks the module; the answer's JSON and bytes. */
export function ask(module, call, fields = {}, body = new Uint8Array()) {
  const { memory, input, output, output_len } = module;
  const head = new TextEncoder().encode(
    JSON.stringify({ call, now: now(), wall: Date.now(), ...fields }) + "\n",
  );
  // Views of the memory are made anew each time: what the engine allocates may move it.
  const at = input(head.length + body.length);
  const request = new Uint8Array(memory.buffer, at, head.length + body.length);
  request.set(head);
  request.set(body, head.length);
  try {
    module.call();
  } catch (trap) {
    throw new Trapped(lastWords(module), { cause: trap });
  }
  const answer = new Uint8Array(memory.buffer, output(), output_len()).slice();
  const end = answer.indexOf(0x0a);
  const json = JSON.parse(new TextDecoder().decode(answer.subarray(0, end)));
  if (json?.wrong) throw new Error(`${call}: ${json.wrong}`);
  return [json, answer.subarray(end + 1)];
}

/** Why the module has trapped. */
export function lastWords({ memory, output, output_len }) {
  return new TextDecoder().decode(new Uint8Array(memory.buffer, output(), output_len()));
}

/** Microseconds on a clock that never goes back. */
function now() {
  return Math.floor(performance.now() * 1000);
}
