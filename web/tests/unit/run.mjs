// Bundles a file of the page for a test under node.

import { build } from "esbuild";

/** The module, as it is in the page. */
export async function load(path) {
  const entry = new URL(`../../src/${path}`, import.meta.url).pathname;
  const built = await build({ entryPoints: [entry], bundle: true, write: false, format: "esm", logLevel: "warning" });
  return import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString("base64")}`);
}
