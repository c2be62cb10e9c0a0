// A `fetch` for a page that signs in at a network of old through the relay beside the gateway (`msnp serve --upstream … --relay …`): what a
// page may not write or read goes by other names between the two of them.

/** Below it the relay has its calls. */
const RELAY = "/relay/";
const PREFIX = "x-msn-relay-";

/** Headers that a page cannot write, and the relay can. */
const WRITTEN_AS = new Map(["cookie", "user-agent"].map((name) => [name, PREFIX + name]));

/** A `fetch` whose calls of the relay say and show what the call itself would. */
export function relayFetch(fetch = globalThis.fetch.bind(globalThis)) {
  return async (url, init = {}) => {
    if (!new URL(url).pathname.startsWith(RELAY)) return fetch(url, init);
    const headers = new Headers();
    for (const [name, value] of new Headers(init.headers)) headers.append(WRITTEN_AS.get(name) ?? name, value);
    const response = await fetch(url, { ...init, headers });
    const status = Number(response.headers.get(`${PREFIX}status`) ?? response.status);
    const shown = new Headers();
    for (const [name, value] of response.headers) if (name !== `${PREFIX}status`) shown.append(name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name, value);
    return { type: response.type, status, headers: shown, body: response.body };
  };
}
