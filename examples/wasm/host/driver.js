// The host of the client in wasm: its clock, its network, its alarm. Runs in a page as it is.
//
// It keeps what the machines ask of a driver (the guide of `machine-contract`): every request at once, none
// followed, resent or remembered; cancels; an alarm; and after every input all that the client wants then.

/** The longest body that is read; a longer one counts as a response that did not arrive. */
const BODY_LIMIT = 8 << 20;

/** Timers may stand still while the machine is asleep: no wait is longer without a look at the clock. */
const LONGEST_WAIT_MS = 10_000;

export class Driver {
  #client;
  #fetch;
  #tell;
  /** What is in flight, by id; what is not in here any more has been cancelled. */
  #requests = new Map();
  #alarm;
  /** An event is being told. */
  #telling = false;

  /**
   * Starts a client of `service`, which is signed out.
   *
   * @param module the compiled module, a `WebAssembly.Module`
   * @param service the service's address, `https://msn.example`; or what else the module can start, as fields
   * @param tell is called with every event and its bytes, and may call verbs; while a promise that it returns is
   *   open, no event is taken, and a client that is full stops asking for more
   * @param fetch a browser's `fetch`
   */
  static async start(module, service, tell, fetch = globalThis.fetch.bind(globalThis)) {
    const driver = new Driver();
    // Nothing is imported: what the client knows of the world stands in this file.
    const { exports } = await WebAssembly.instantiate(module, {});
    driver.#client = exports;
    driver.#fetch = fetch;
    driver.#tell = tell;
    const start = typeof service === "string" ? { service } : service;
    driver.#call("start", start, crypto.getRandomValues(new Uint8Array(32)));
    return driver;
  }

  /** Has the client do something: `sign_in`, `sign_out`, `send_text`. */
  verb(name, fields, body) {
    const [answer] = this.#call(name, fields, body);
    this.#drain();
    return answer;
  }

  /** Carries out all that the client wants, and has told what it says. */
  #drain() {
    for (;;) {
      const [order, body] = this.#call("poll_order");
      if (order?.send) this.#start(order.send, body);
      else if (order?.cancel !== undefined) this.#cancel(order.cancel);
      else break;
    }
    if (!this.#telling) this.#tellAll();
    clearTimeout(this.#alarm);
    const [due] = this.#call("poll_timeout");
    if (due !== null) {
      // Up to the next millisecond: an alarm that rings early would ring again at once.
      const wait = Math.ceil(Math.max(0, due - now()) / 1000);
      this.#alarm = setTimeout(() => this.#drain(), Math.min(wait, LONGEST_WAIT_MS));
    }
  }

  /** Tells one event after the other: the next is taken when the application is through with the one before. */
  async #tellAll() {
    this.#telling = true;
    try {
      // Not from in here: a verb drains by itself, and would tell the next event before this one is through.
      await null;
      for (;;) {
        const [event, bytes] = this.#call("poll_event");
        if (event === null) break;
        await this.#tell(event, bytes);
        // Taking an event makes room, and the client goes on.
        this.#drain();
      }
    } finally {
      this.#telling = false;
    }
  }

  async #start(request, body) {
    const controller = new AbortController();
    this.#requests.set(request.id, controller);
    // Of a request that fails, a page learns nothing: it may have been refused, or have arrived. Only this is
    // certain, and only before.
    const offline = globalThis.navigator?.onLine === false;
    let outcome;
    try {
      if (!offline) outcome = await this.#exchange(request, body, controller.signal);
    } catch {
      // No response.
    }
    if (!this.#requests.delete(request.id)) return;
    if (outcome) {
      const { status, headers } = outcome;
      this.#call("handle_response", { id: request.id, status, headers }, outcome.body);
    } else {
      this.#call("handle_failure", { id: request.id, sent: !offline });
    }
    this.#drain();
  }

  async #exchange({ uri, method, headers, host_cookies }, body, signal) {
    const response = await this.#fetch(uri, {
      method,
      headers,
      body: method === "GET" ? undefined : body,
      signal,
      redirect: "manual",
      // The browser's cookies go with the requests that want them, and with no others.
      credentials: host_cookies ? "include" : "omit",
      cache: "no-store",
    });
    // Where it leads is hidden, and even that it is a 302.
    if (response.type === "opaqueredirect") return { status: 302, headers: [], body: new Uint8Array() };
    return { status: response.status, headers: [...response.headers], body: await whole(response) };
  }

  #cancel(id) {
    this.#requests.get(id)?.abort();
    this.#requests.delete(id);
  }

  /** Asks the module; the answer's JSON and bytes. */
  #call(call, fields = {}, body = new Uint8Array()) {
    const { memory, input, output, output_len } = this.#client;
    const head = new TextEncoder().encode(
      JSON.stringify({ call, now: now(), wall: Date.now(), ...fields }) + "\n",
    );
    // Views of the memory are made anew each time: what the client allocates may move it.
    const at = input(head.length + body.length);
    const request = new Uint8Array(memory.buffer, at, head.length + body.length);
    request.set(head);
    request.set(body, head.length);
    try {
      this.#client.call();
    } catch (trap) {
      throw new Error(lastWords(this.#client), { cause: trap });
    }
    const answer = new Uint8Array(memory.buffer, output(), output_len()).slice();
    const end = answer.indexOf(0x0a);
    const json = JSON.parse(new TextDecoder().decode(answer.subarray(0, end)));
    if (json?.wrong) throw new Error(`${call}: ${json.wrong}`);
    return [json, answer.subarray(end + 1)];
  }
}

/** Why the module has trapped. */
export function lastWords({ memory, output, output_len }) {
  return new TextDecoder().decode(new Uint8Array(memory.buffer, output(), output_len()));
}

/** Microseconds on a clock that never goes back. */
function now() {
  return Math.floor(performance.now() * 1000);
}

async function whole(response) {
  const chunks = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (let part; reader && !(part = await reader.read()).done; ) {
    length += part.value.length;
    if (length > BODY_LIMIT) {
      await reader.cancel();
      throw new Error("the body is too long");
    }
    chunks.push(part.value);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
