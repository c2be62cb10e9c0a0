// Builds the page: `node build.mjs [ENGINE]`. ENGINE is the module (`msnp_js.wasm`); without it, it is looked for where cargo puts it.
//
// What comes out is in `dist`: the files with a hash of what is in them in their names, each plain and packed, and the two HTML pages.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build } from "esbuild";

const here = new URL("./", import.meta.url).pathname;
const dist = `${here}dist/`;
const workspace = `${here}../`;

const engine = await readFile(process.argv[2] ?? found());

function found() {
  const places = ["target", "target/targets"].map((folder) => `${workspace}${folder}/wasm32-unknown-unknown/web/msnp_js.wasm`);
  const there = places.find((place) => existsSync(place));
  if (there) return there;
  console.error(`There is no engine. Build it first, in the workspace's folder:
  rustup target add wasm32-unknown-unknown
  cargo build --profile web -p msnp-js --target wasm32-unknown-unknown`);
  process.exit(1);
}

const files = new Map();
function add(name, bytes) {
  const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 10);
  const kind = extname(name);
  const named = `${basename(name, kind)}-${hash}${kind}`;
  files.set(named, Buffer.from(bytes));
  return `/web/${named}`;
}

const wasm = add("msnp.wasm", engine);
const options = {
  bundle: true,
  minify: true,
  write: false,
  target: ["chrome114", "firefox125", "safari17"],
  legalComments: "none",
  alias: { msnp: `${here}../bindings/js/lib/index.js` },
  define: { WASM: JSON.stringify(wasm) },
  jsx: "automatic",
  jsxImportSource: "preact",
  logLevel: "warning",
};
const bundled = async (entry, format) => {
  const built = await build({ ...options, entryPoints: [here + entry], ...(format && { format }) });
  return built.outputFiles[0].contents;
};
const names = {
  wasm,
  app: add("app.js", await bundled("src/main.tsx", "esm")),
  early: add("early.js", await bundled("src/early.ts", "iife")),
  style: add("style.css", await bundled("src/style.css")),
};
const page = async (name) => {
  const text = await readFile(`${here}src/${name}`, "utf8");
  return text.replace(/\{\{(\w+)\}\}/g, (_, name) => names[name]);
};
const app = await page("app.html");
const pages = {
  "sign_in.html": await page("sign_in.html"),
  "app.html": app,
  // In front of a network of old the gateway says here which calls its relay makes.
  "network.html": app.replace("<html ", '<html data-relay="{relay}" '),
};

await mkdir(dist, { recursive: true });
for (const name of await readdir(dist)) if (name !== ".gitignore") await rm(dist + name);
for (const [name, text] of Object.entries(pages)) await writeFile(dist + name, text);
const size = (bytes) => `${(bytes.length / 1024).toFixed(1)} KB`.padStart(10);
console.log(`${"".padEnd(28)}${"plain".padStart(10)}${"gzip".padStart(10)}${"brotli".padStart(10)}`);
for (const [name, bytes] of files) {
  const gzip = gzipSync(bytes, { level: 9 });
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const brotli = brotliCompressSync(bytes, { params });
  await writeFile(dist + name, bytes);
  await writeFile(`${dist}${name}.gz`, gzip);
  await writeFile(`${dist}${name}.br`, brotli);
  console.log(name.padEnd(28) + size(bytes) + size(gzip) + size(brotli));
}
