// The vectors hold on the core of the JavaScript client.
import { test } from "node:test";
import { Session } from "../../df_chat/static/df_chat/sync/session.js";
import { NAMES, replay } from "./replay.mjs";

for (const name of NAMES) test(name.replace(".json", ""), () => replay(name, Session));
