// A window of its own in which something is asked.

import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export type Asked = { is: "add" } | { is: "group" } | { is: "remove"; id: string } | { is: "contact groups" };

export const asked = signal<Asked | undefined>(undefined);

export function openDialog(what: Asked) {
  asked.value = what;
}

export const close = () => (asked.value = undefined);

interface FrameProps {
  title: string;
  /** The word on the button that does it; without one there is nothing to do but to close it. */
  does?: string;
  complaint?: string;
  isBusy?: boolean;
  isDanger?: boolean;
  /** It cannot be closed without an answer. */
  isFirm?: boolean;
  onDo?: () => void;
  children: ComponentChildren;
}

export function Frame({ title, does, complaint, isBusy, isDanger, isFirm, onDo, children }: FrameProps) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    box.current?.showModal();
  }, []);
  return (
    <dialog ref={box} aria-labelledby="asked" onClose={close} onCancel={(event) => isFirm && event.preventDefault()}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onDo?.();
        }}
      >
        <h2 id="asked">{title}</h2>
        {children}
        {complaint && (
          <p class="complaint" role="alert">
            {complaint}
          </p>
        )}
        <p class="buttons">
          {!isFirm && (
            <button type="button" onClick={close}>
              {does ? "Cancel" : "Close"}
            </button>
          )}
          {does && (
            <button class={isDanger ? "primary danger" : "primary"} disabled={isBusy}>
              {does}
            </button>
          )}
        </p>
      </form>
    </dialog>
  );
}

/** Why something was not done, for people. */
export function why(error: Error): string {
  const text = error.message.replace(/^Error: /, "");
  return `That did not work: ${text}.`;
}
