// How the connection is, when it is not as it should be: what is happening, and when it is tried again.

import { useEffect, useState } from "preact/hooks";

import { useSession } from "./context";

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
      const words = navigator.onLine ? "The connection was lost." : "You are offline.";
      return (
        <div class="bar shown" role="status">
          <p>
            {words} <span aria-hidden="true">{seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again."}</span>{" "}
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
