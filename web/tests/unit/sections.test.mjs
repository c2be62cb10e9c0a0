import { deepEqual } from "node:assert/strict";
import { test } from "node:test";

import { load } from "./run.mjs";

const { Model } = await load("model/model.ts");
const { rows } = await load("ui/sections.ts");

function shown(names, groups) {
  const model = new Model();
  const tell = (fact) => model.apply({ fact, at: 0 });
  tell({ event: "SignedIn", me: "me@example.org" });
  tell({ event: "ContactGroups", names });
  for (const [contact, its] of Object.entries(groups)) {
    tell({ event: "ContactChanged", contact, name: contact, lists: ["forward", "allow"], groups: its });
  }
  return rows(model, "", new Set()).map((row) => (row.is === "section" ? `[${row.name}]` : row.name));
}

test("people are under the groups of the list, and by status where there are none", () => {
  deepEqual(shown([], { ann: [], bob: [] }), ["[Offline]", "ann", "bob"]);
  deepEqual(shown(["Work", "Choir"], { ann: ["Work", "Choir"], bob: [] }), ["[Choir]", "ann", "[Work]", "ann", "[Others]", "bob"]);
});
