import { equal } from "node:assert/strict";
import { mock, test } from "node:test";

import { load } from "./run.mjs";

const { gathered, GATHER_MS } = await load("ui/gathered.ts");

test("a change is shown at once, and a thousand that follow it together", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  let shown = 0;
  const change = gathered(() => shown++);
  change();
  equal(shown, 1);
  for (let turn = 0; turn < 1000; turn++) change();
  equal(shown, 1);
  mock.timers.tick(GATHER_MS);
  equal(shown, 2);
  mock.timers.tick(GATHER_MS);
  change();
  equal(shown, 3);
  mock.timers.reset();
});
