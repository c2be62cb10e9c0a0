// All that is tried in a browser: `node browser.mjs [PART OF A NAME …]`, run by `browser.rs`.

import "./sign_in.mjs";
import "./talk.mjs";
import "./chat.mjs";
import "./groups.mjs";
import "./hostile.mjs";
import "./away.mjs";
import "./tabs.mjs";
import "./network.mjs";
import "./many.mjs";
import "./looks.mjs";
import "./measure.mjs";

import { runAll } from "./world.mjs";

await runAll(process.argv.slice(2));
