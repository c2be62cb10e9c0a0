// The mark beside a name: how somebody is, by shape and colour, and in words for who does not see it.

import { shape, words } from "../model/status";

/** Without a status it is for several people, or for one of whom nothing is known. */
export function Mark({ status }: { status: string | undefined }) {
  if (status === undefined) return <i class="mark several" />;
  return <i class={`mark ${shape(status)}`} role="img" aria-label={words(status)} />;
}
