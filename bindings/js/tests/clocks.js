// Calls std's clocks in the module, and says what becomes of it: `node clocks.js MODULE`.

import { readFile } from "node:fs/promises";

import { lastWords } from "../lib/driver.js";

const module = await WebAssembly.compile(await readFile(process.argv[2]));
const imports = WebAssembly.Module.imports(module);
console.log(`${imports.length} imports`);
for (const clock of ["std_instant", "std_system_time"]) {
  const { exports } = await WebAssembly.instantiate(module, {});
  try {
    exports[clock]();
    console.log(`${clock}: returned`);
  } catch (trap) {
    console.log(`${clock}: ${trap.name}: ${lastWords(exports).replaceAll("\n", " ")}`);
  }
}
