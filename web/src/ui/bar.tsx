// How the connection is, when it is not as it should be: what is happening, and when it is tried again.

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

import { useSession } from "./context";

/** The browser says that there is no network. */
export const isOffline = signal(!navigator.onLine);
addEventListener("online", () => (isOffline.value = false));
addEventListener("offline", () => (isOffline.value = true));

export function Bar() {
  const session = useSession();
  const link = session.model.link.value;
  const isWaiting = link.is === "waiting";
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!isWaiting) return;
    setNow(Date.now());
    const clock = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(clock);
  }, [isWaiting, link]);
  const wasOnline = session.model.me.value !== undefined;
  if (isOffline.value) {
    return (
      <div class="bar shown" role="status">
        <p>You are offline. What you write is sent as soon as the network is back.</p>
      </div>
    );
  }
  switch (link.is) {
    case "online":
      return <div class="bar" role="status" />;
    case "starting":
      return (
        <div class="bar" role="status">
          {wasOnline && <p>Connecting…</p>}
        </div>
      );
    case "waiting": {
      const seconds = Math.max(0, Math.ceil((link.until - now) / 1000));
      return (
        <div class="bar shown" role="status">
          <p>
            The connection was lost. <span aria-hidden="true">{seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again."}</span>{" "}
            <button class="link" onClick={() => void session.ask("sign_in").catch(() => {})}>
              Try now
            </button>
          </p>
        </div>
      );
    }
    case "out":
      return (
        <div class="bar shown" role="status">
          <p>
            Signed out: {link.reason}.{" "}
            <button class="link" onClick={() => void session.signIn().catch(() => {})}>
              Sign in again
            </button>
          </p>
        </div>
      );
  }
}
