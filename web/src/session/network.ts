// A network of old, if this page stands in front of one (`msnp serve --upstream`): its server knows nothing of pages, so one signs in here, by
// name and password, through the gateway and the relay beside it.

import { relayFetch, type Options } from "msnp";

/** Who signs in. It lives in the memory of the tab that has the engine, and nowhere else. */
export interface Account {
  login: string;
  password: string;
  /** None: the newest that the network speaks. */
  dialect: string | undefined;
}

/** The relay's calls, by the names of their paths. */
const relay = document.documentElement.dataset["relay"];
const calls = new Set(relay?.split(" "));

/** Whether this page is in front of a network of old. */
export const isInFront = relay !== undefined;

/** A browser opens six connections to one origin, for all tabs: three may be held, so that there is always one for what is said. */
const MOST_HELD = 3;

/** The dialects, newest first, with the calls that they cannot do without. */
const DIALECTS: [names: string[], needed: string[]][] = [
  [["MSNP18", "MSNP17", "MSNP16", "MSNP15"], ["rst", "sharing", "abservice"]],
  [["MSNP14", "MSNP13"], ["login", "sharing", "abservice"]],
  [["MSNP12", "MSNP11", "MSNP10", "MSNP9", "MSNP8"], ["login"]],
];

/** Those that the relay has the calls for. */
export const dialects = DIALECTS.filter(([, needed]) => needed.every((call) => calls.has(call))).flatMap(([names]) => names);

/** What the engine is started with. */
export function network({ login, password, dialect }: Account): Omit<Options, "module"> {
  const { origin, hostname, protocol } = location;
  const at = (call: string) => `${origin}/relay/${call}`;
  return {
    network: {
      gateway: `${origin}/gateway/gateway.dll`,
      web: origin,
      nexus: at("nexus"),
      login_url: at("login"),
      token_service: at("rst"),
      lists: { membership: at("sharing"), address_book: at("abservice") },
      offline_messages: { fetch: at("rsi"), store: at("oim") },
      plain_http: protocol === "http:" ? [hostname] : [],
    },
    login,
    password,
    dialects: dialect ? [dialect] : dialects,
    fetch: relayFetch(),
    // A page reaches its own origin alone, and the gateway there leads everywhere.
    host_policy: "stay",
    gateway_session: { mode: "parallel", most_held: MOST_HELD },
  };
}
