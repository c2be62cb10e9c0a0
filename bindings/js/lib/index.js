export { Client, Refused } from "./client.js";
export { cookieFetch } from "./cookies.js";
export { relayFetch } from "./relay.js";
export { signIn } from "./sign_in.js";
