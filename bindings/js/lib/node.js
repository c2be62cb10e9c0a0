// What a program under node needs beside: the module from the package's own folder.

import { readFile } from "node:fs/promises";

export * from "./index.js";

/** The engine, compiled. */
export async function load(path = new URL("../msnp.wasm", import.meta.url)) {
  return WebAssembly.compile(await readFile(path));
}
