// How people are, in the engine's words.

export const STATUSES = ["online", "busy", "away", "be right back", "idle", "on the phone", "out to lunch", "hidden", "offline"] as const;

/** Those that a person can choose. The engine itself tells that nobody is at the keyboard. */
export const CHOICES = ["online", "busy", "away", "be right back", "on the phone", "out to lunch", "hidden"] as const;

/** The shape beside a name. Statuses that say much the same share one. */
export function shape(status: string): "online" | "busy" | "away" | "idle" | "hidden" | "offline" {
  switch (status) {
    case "online":
      return "online";
    case "busy":
    case "on the phone":
      return "busy";
    case "away":
    case "be right back":
    case "out to lunch":
      return "away";
    case "idle":
      return "idle";
    case "hidden":
      return "hidden";
    case "offline":
      return "offline";
    default:
      // What a later service says is some kind of being there.
      return "online";
  }
}

export const isThere = (status: string) => status !== "offline" && status !== "hidden";

/** As it stands in a list: Be right back; hidden is what it looks like to others. */
export function words(status: string): string {
  const shown = status === "hidden" ? "appear offline" : status;
  return shown.charAt(0).toUpperCase() + shown.slice(1);
}
