// The address of a server. It is written into fingerprints, logs and cards, so nothing that is secret may be part of it.
import { InputError } from "../runtime/index.js";

/** @throws InputError for what is no http address, and for one with a user, a password or a query, which it does not repeat. */
export function checkBaseURL(baseURL: string): void {
  const allowed = "an http or https address such as http://127.0.0.1:8000/v1";
  if (!/^https?:\/\/[^\s/]+/.test(baseURL) || !URL.canParse(baseURL))
    throw new InputError({ got: `baseURL ${JSON.stringify(baseURL)}`, allowed, todo: "correct it" });
  const { username, password, search, hash, protocol, host, pathname } = new URL(baseURL);
  if (`${username}${password}${search}${hash}` === "") return;
  throw new InputError({
    got: `a baseURL at ${protocol}//${host}${pathname} with a user, a password or a query in it`,
    allowed,
    todo: "give the key in the environment variable that `apiKeyVariable` names",
  });
}
