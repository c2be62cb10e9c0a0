// Signs in at the service's sign-in page as a person does who fills it in: the browser has the cookies then.

/**
 * Whether the service has accepted the password. Throws if the page is not what it should be.
 *
 * @param service the service's address, `https://msn.example`
 * @param fetch a browser's `fetch`
 */
export async function signIn(service, login, password, fetch = globalThis.fetch.bind(globalThis)) {
  const page = await fetch(`${service}/oauth20_authorize.srf`, { credentials: "include" });
  const html = await page.text();
  const found = (what) => {
    const match = html.match(what);
    if (!match) throw new Error(`the sign-in page has no ${what}`);
    return match[1].replaceAll("&amp;", "&");
  };
  const form = new URL(found(/<form [^>]*action="([^"]*)"/), `${service}/`);
  const PPFT = found(/name="PPFT" value="([^"]*)"/);
  const answer = await fetch(form.href, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ login, passwd: password, PPFT }).toString(),
    redirect: "manual",
    credentials: "include",
  });
  // Who is accepted is sent elsewhere, whereto does not matter; who is not gets the form again, as a 200.
  return answer.type === "opaqueredirect";
}
