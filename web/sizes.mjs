// How large the engine is: `npm run sizes`. Builds it with MSNP24 alone and with every dialect, and says the size of the module and of the glue
// that drives it, plain and packed. With `wasm-opt` at hand (`npm install --no-save binaryen`) the module as that leaves it, too.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build } from "esbuild";

const here = new URL("./", import.meta.url).pathname;
const workspace = `${here}../`;

const size = (bytes) => `${(bytes.length / 1024).toFixed(1)} KB`.padStart(11);

function tell(name, bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const packed = [bytes, gzipSync(bytes, { level: 9 }), brotliCompressSync(bytes, { params })];
  console.log(name.padEnd(36) + packed.map(size).join(""));
}

console.log("".padEnd(36) + ["plain", "gzip", "brotli"].map((name) => name.padStart(11)).join(""));
const target = `${workspace}target/sizes`;
for (const [name, options] of [["MSNP24 alone", ["--no-default-features"]], ["every dialect", []]]) {
  execFileSync(`${workspace}.ci/targets`, ["module", target, "--quiet", ...options], { stdio: ["ignore", 2, 2] });
  const module = `${target}/wasm32-unknown-unknown/web/msnp_js.wasm`;
  tell(`module, ${name}`, await readFile(module));
  const optimizer = `${here}node_modules/.bin/wasm-opt`;
  if (existsSync(optimizer)) {
    const smaller = `${tmpdir()}/msnp-${process.pid}.wasm`;
    execFileSync(optimizer, ["-Oz", "--all-features", module, "-o", smaller], { stdio: "inherit" });
    tell(`module, ${name}, wasm-opt -Oz`, await readFile(smaller));
  }
}
const built = await build({
  entryPoints: [`${here}../bindings/js/lib/index.js`],
  bundle: true,
  minify: true,
  write: false,
  format: "esm",
  target: ["chrome114", "firefox125", "safari17"],
  legalComments: "none",
});
tell("glue", Buffer.from(built.outputFiles[0].contents));
