// Text of others in the document: as text nodes, with addresses that can be gone to.

import { pieces } from "../text";

export function Words({ text }: { text: string }) {
  return (
    <>
      {pieces(text).map((piece) =>
        piece.href ? (
          <a href={piece.href} target="_blank" rel="noopener noreferrer">
            {piece.text}
          </a>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}
