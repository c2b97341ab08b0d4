/** The two HTTP calls of the chat: becoming a visitor, and getting a ticket for one socket. */

import { page } from "./strings.js";

/** A request that vanished in the network would otherwise hold up every further try to connect. */
const ANSWER_WITHIN_MS = 10_000;

/** The server answered, but not with what was asked for; `status` is the HTTP status. */
export class Refused extends Error {
  constructor(status, retryAfter) {
    super(`The server answered ${status}.`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/**
 * A single-use ticket, registering this browser as a visitor first where it is none.
 *
 * A secret that the server no longer knows is forgotten, with the conversation that belonged to it.
 * Throws `Refused`, or another error when the server cannot be reached or does not answer in time.
 */
export async function obtainTicket(storage) {
  const visitor = storage.get("visitor") ?? (await register(storage));
  try {
    return (await post(page.paths.tickets, visitor.secret)).ticket;
  } catch (error) {
    if (error.status !== 401) throw error;
    if (storage.get("visitor")?.secret === visitor.secret) forgetVisitor(storage);
    return (await post(page.paths.tickets, (await register(storage)).secret)).ticket;
  }
}

/** Forgets who this browser was to the site, and every conversation with it. */
export function forgetVisitor(storage) {
  for (const name of ["visitor", "conversation", "outbox", "read", "draft"]) storage.remove(name);
}

/** Two tabs that open at once become one visitor: the second waits for the first. */
async function register(storage) {
  const create = async () => {
    const known = storage.get("visitor");
    if (known) return known;
    const visitor = await post(page.paths.visitors);
    storage.set("visitor", visitor);
    return visitor;
  };
  return navigator.locks ? navigator.locks.request(`parley.${page.site.key}.visitor`, create) : create();
}

async function post(path, secret) {
  const headers = { "Content-Type": "application/json" };
  if (secret) headers.Authorization = `Bearer ${secret}`;
  const body = JSON.stringify({ site: page.site.key });
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const response = await fetch(path, { method: "POST", headers, body, signal, credentials: "omit", cache: "no-store" });
  if (!response.ok) throw new Refused(response.status, Number(response.headers.get("Retry-After")) || null);
  return response.json();
}
