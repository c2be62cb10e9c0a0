// Changes that come one by one, a thousand when one signs in, and are shown together.

/** So long further changes wait for each other: about a frame. */
export const GATHER_MS = 16;

/** Is called for each change; calls `show` at once, and then not again for a while. */
export function gathered(show: () => void): () => void {
  let isWaiting = false;
  let isLate = false;
  function tell() {
    isWaiting = true;
    isLate = false;
    setTimeout(() => {
      isWaiting = false;
      if (isLate) tell();
    }, GATHER_MS);
    show();
  }
  return () => {
    if (isWaiting) isLate = true;
    else tell();
  };
}
