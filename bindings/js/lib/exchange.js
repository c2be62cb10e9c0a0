// One request by `fetch`, and what became of it. All else of a driver is in `driver.js`, and the same for any network.

/** The longest body that is read; a longer one counts as a response that did not arrive. */
const BODY_LIMIT = 8 << 20;

/**
 * Makes a request once: not followed, resent or remembered. Gives the whole response, `{ status, headers, body }`; or, where there is none,
 * `{ sent }`: false if certainly no byte of the request left this host.
 */
export async function exchange(fetch, request, body, { signal, keepalive }) {
  // Of a request that fails, a page learns nothing: it may have been refused, or have arrived. Only this is
  // certain, and only before.
  if (globalThis.navigator?.onLine === false) return { sent: false };
  try {
    return await response(fetch, request, body, { signal, keepalive });
  } catch {
    return { sent: true };
  }
}

async function response(fetch, { uri, method, headers, host_cookies }, body, how) {
  const response = await fetch(uri, {
    method,
    headers,
    body: method === "GET" ? undefined : body,
    redirect: "manual",
    // The browser's cookies go with the requests that want them, and with no others.
    credentials: host_cookies ? "include" : "omit",
    cache: "no-store",
    ...how,
  });
  // Where it leads is hidden, and even that it is a 302.
  if (response.type === "opaqueredirect") return { status: 302, headers: [], body: new Uint8Array() };
  return { status: response.status, headers: [...response.headers], body: await whole(response) };
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
