// What this browser keeps between visits: drafts, when a conversation was last looked at, the theme. A browser that keeps nothing is no
// fault: then it is so for as long as the page is open.

const memory = new Map<string, string>();

function get(key: string): string | null {
  try {
    return localStorage.getItem(key) ?? memory.get(key) ?? null;
  } catch {
    return memory.get(key) ?? null;
  }
}

function set(key: string, value: string | undefined) {
  if (value === undefined) memory.delete(key);
  else memory.set(key, value);
  try {
    if (value === undefined) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Full, or not allowed.
  }
}

/** What was written in a conversation and not yet said. */
export const draft = {
  get: (me: string, conversation: string) => get(`draft ${me} ${conversation}`) ?? "",
  set: (me: string, conversation: string, text: string) => set(`draft ${me} ${conversation}`, text || undefined),
};

/** When a conversation was last looked at, as the time of its newest message then. */
export const readAt = {
  get(me: string, conversation: string): number | undefined {
    const kept = Number(get(`read ${me} ${conversation}`) ?? NaN);
    return Number.isFinite(kept) ? kept : undefined;
  },
  set: (me: string, conversation: string, at: number) => set(`read ${me} ${conversation}`, String(at)),
};

/** How one was shown to others: a service forgets it when nobody of one's own is there any more. */
export const profile = {
  get(me: string): { name?: string; personal_message?: string } {
    try {
      const kept: unknown = JSON.parse(get(`profile ${me}`) ?? "{}");
      return typeof kept === "object" && kept !== null ? kept : {};
    } catch {
      return {};
    }
  },
  set: (me: string, change: { name?: string; personal_message?: string }) =>
    set(`profile ${me}`, JSON.stringify({ ...profile.get(me), ...change })),
};

export type Theme = "system" | "light" | "dark";

export const theme = {
  get: (): Theme => (get("theme") as Theme | null) ?? "system",
  set: (theme: Theme) => set("theme", theme),
};

/** Which sections of the list are folded up. */
export const folded = {
  get: (): string[] => {
    try {
      const kept: unknown = JSON.parse(get("folded") ?? "[]");
      return Array.isArray(kept) ? kept.filter((it) => typeof it === "string") : [];
    } catch {
      return [];
    }
  },
  set: (names: string[]) => set("folded", JSON.stringify(names)),
};

export const wish = {
  get: (what: "notifications" | "sound") => get(what) === "on",
  set: (what: "notifications" | "sound", isOn: boolean) => set(what, isOn ? "on" : undefined),
};
