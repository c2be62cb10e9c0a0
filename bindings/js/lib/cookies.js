// What a browser's `fetch` does and node's does not, where clients notice: it keeps the cookies, and hides
// them, and hides where a redirect leads.

/** Headers that a page cannot write: they are left out without a word. */
const FORBIDDEN = new Set([
  "accept-charset", "accept-encoding", "connection", "content-length", "cookie", "cookie2", "date", "expect",
  "host", "keep-alive", "origin", "referer", "te", "trailer", "transfer-encoding", "upgrade", "via",
]);

/** A `fetch` that keeps cookies as a browser's does: for requests that want them, shown to nobody. */
export function cookieFetch(carrier) {
  return new Cookies(carrier).fetch;
}

class Cookies {
  /** By host and name. Paths, SameSite and ends are not looked at: it is the jar of one service. */
  #jar = new Map();
  #fetch;

  /** @param fetch what carries the requests: the network's `fetch`, or a `Server`'s */
  constructor(fetch = globalThis.fetch.bind(globalThis)) {
    this.#fetch = fetch;
  }

  /** For `fetch(url, init)`, with `redirect: "manual"` and `credentials` of `"include"` or `"omit"`. */
  fetch = async (url, init = {}) => {
    const { hostname } = new URL(url);
    const cookies = init.credentials === "include" ? this.#of(hostname) : undefined;
    const headers = new Headers(init.headers);
    for (const name of FORBIDDEN) headers.delete(name);
    if (cookies?.size) {
      headers.set("cookie", [...cookies].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    const response = await this.#fetch(url, { ...init, headers });
    if (cookies) for (const line of setCookies(response.headers)) keep(cookies, line);
    if (init.redirect === "manual" && [301, 302, 303, 307, 308].includes(response.status)) {
      await response.body?.cancel();
      return { type: "opaqueredirect", status: 0, headers: new Headers(), body: null };
    }
    const shown = new Headers(response.headers);
    shown.delete("set-cookie");
    const { status, body } = response;
    return { type: "basic", status, headers: shown, body, text: () => response.text() };
  };

  #of(hostname) {
    if (!this.#jar.has(hostname)) this.#jar.set(hostname, new Map());
    return this.#jar.get(hostname);
  }
}

/** node 18 has no `getSetCookie`; the commas of dates are followed by no name. */
function setCookies(headers) {
  return headers.get("set-cookie")?.split(/, (?=[^;,=\s]+=)/) ?? [];
}

function keep(cookies, line) {
  const [pair, ...attributes] = line.split(";").map((part) => part.trim());
  const at = pair.indexOf("=");
  const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
  const age = attributes.find((attribute) => /^max-age=/i.test(attribute));
  const dead = age ? Number(age.split("=")[1]) <= 0 : value === "";
  if (dead) cookies.delete(name);
  else cookies.set(name, value);
}
