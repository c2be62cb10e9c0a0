// The form in front of a network of old: it is signed in to from here, since its server has no pages.

import { useSignal } from "@preact/signals";

import { dialects } from "../session/network";
import { useSession } from "./context";

export function Gate() {
  const session = useSession();
  const link = session.model.link.value;
  const [login, password, dialect] = [useSignal(""), useSignal(""), useSignal("")];
  const complaint = link.is === "out" && link.code !== "NoPassword" && link.code !== "Requested" ? complaintOf(link) : "";
  const isBusy = link.is === "starting";
  function signIn() {
    const account = { login: login.value.trim(), password: password.value, dialect: dialect.value || undefined };
    password.value = "";
    void session.signInAs(account).catch(() => {});
  }
  return (
    <main class="gate">
      <h1>Messenger</h1>
      <p class="lead">Sign in to see who is there.</p>
      {complaint && <p role="alert">{complaint}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn();
        }}
      >
        <label class="field" for="login">
          Address
        </label>
        <input
          id="login"
          type="email"
          autocomplete="username"
          placeholder="you@example.org"
          autofocus
          required
          value={login.value}
          onInput={(event) => (login.value = event.currentTarget.value)}
        />
        <label class="field" for="passwd">
          Password
        </label>
        <input
          id="passwd"
          type="password"
          autocomplete="current-password"
          required
          value={password.value}
          onInput={(event) => (password.value = event.currentTarget.value)}
        />
        <label class="field" for="dialect">
          Dialect
        </label>
        <select id="dialect" value={dialect.value} onChange={(event) => (dialect.value = event.currentTarget.value)}>
          <option value="">The newest there is</option>
          {dialects.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <button class="primary" disabled={isBusy}>
          {isBusy ? "Signing in…" : "Sign in"}
        </button>
      </form>
      <p class="foot note">The password stays in this tab, and is asked for again when it was closed or loaded anew.</p>
    </main>
  );
}

function complaintOf({ code, reason }: { code: string; reason: string }): string {
  return code === "WrongCredentials" ? "That account or password is not right." : `You could not be signed in: ${reason}.`;
}
