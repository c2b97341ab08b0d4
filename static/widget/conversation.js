/**
 * The conversation as a value: `reduce(state, action)` gives the next one and changes nothing.
 *
 * Durable events carry consecutive sequence numbers and deltas carry the offset at which they belong. Where
 * either does not fit, `stale` becomes true: the caller asks the server for what is missing and nothing is
 * guessed. Messages that did not change keep their identity, so the view redraws only what did.
 */

export const empty = Object.freeze({
  id: null,
  seq: 0,
  messages: Object.freeze([]),
  closed: false,
  typing: false,
  stale: false,
  /** Who answers: assistant, waiting (for a person) or operator; with the operator's name, or null. */
  turn: "assistant",
  operator: null,
  /** While waiting: whether somebody is there, and when the office opens, in ISO 8601. */
  online: false,
  opensAt: null,
  contactLeft: false,
  rated: null,
});

const REDUCERS = {
  welcome,
  event,
  delta,
  // Of what the server has sent us, nothing may be missing here.
  pong: (state, { seq }) => (seq > state.seq ? { ...state, stale: true } : state),
  queued,
  unsent: (state, { clientId, delivery, reason }) =>
    change(state, (message) => message.clientId === clientId && message.delivery !== "sent", { delivery, reason }),
  typing: (state, { active }) => ({ ...state, typing: active }),
  reset: () => empty,
};

export function reduce(state, action) {
  return REDUCERS[action.type](state, action);
}

/** Whether the message is an answer that is not finished yet. */
export function isUnfinished(message) {
  return message.status === "pending" || message.status === "streaming";
}

/** The answer that is being written now, or undefined. */
export function currentAnswer(state) {
  return state.messages.findLast(isUnfinished);
}

/** The answer that the assistant may write again: its newest, unless a person answers or has answered since. */
export function lastAnswer(state) {
  const last = state.messages.findLast(({ author }) => author === "assistant" || author === "operator");
  return last?.author === "assistant" && state.turn === "assistant" ? last : undefined;
}

/** Offsets count Unicode code points, as the server does; `String.length` counts UTF-16 units. */
export function codePoints(value) {
  let count = value.length;
  for (let index = 0; index < value.length; index += 1) {
    const unit = value.charCodeAt(index);
    if (unit >= 0xd800 && unit <= 0xdbff) count -= 1;
  }
  return count;
}

function welcome(state, { conversation, events, streaming, reset }) {
  // A server that resets knows less than we do, as after a restored backup: what we have is not its history.
  const continues = state.id === conversation && !reset;
  const unsent = state.messages.filter(isUnsent);
  let next = continues ? { ...state, stale: false } : { ...empty, id: conversation };
  for (const item of events) next = event(next, item);
  for (const { message: id, text } of streaming) {
    next = change(next, (message) => message.id === id && isUnfinished(message), { text, status: "streaming" });
  }
  if (!continues) for (const message of unsent) next = queued(next, message);
  return next;
}

function event(state, { seq, kind, data }) {
  if (seq <= state.seq) return state;
  if (seq !== state.seq + 1) return { ...state, stale: true };
  const next = { ...state, seq };
  if (kind === "message.created") return created(next, fromServer(data));
  // What befell an answer that another one has replaced changes nothing that is shown.
  if (kind.startsWith("message.")) return change(next, (message) => message.id === data.id, fromServer(data));
  const told = { ...next, ...FIELDS[kind]?.(data), turn: data?.turn ?? next.turn };
  return NOTICES.has(kind) ? notice(told, kind, data) : told;
}

/** What an event changes beside whose turn it is. */
const FIELDS = {
  "handoff.requested": ({ online, opens_at: opensAt }) => ({ online: Boolean(online), opensAt: opensAt ?? null }),
  "operator.joined": ({ name }) => ({ operator: name || null, typing: false }),
  "operator.left": () => ({ operator: null, typing: false, online: true }),
  "contact.left": () => ({ contactLeft: true }),
  "conversation.closed": () => ({ closed: true, operator: null, typing: false }),
  "conversation.reopened": () => ({ closed: false, rated: null }),
  "conversation.rated": ({ score }) => ({ rated: score }),
};

const NOTICES = new Set([
  "handoff.requested",
  "handoff.withdrawn",
  "operator.joined",
  "operator.left",
  "conversation.closed",
  "conversation.reopened",
  "conversation.merged",
]);

function delta(state, { message: id, offset, text }) {
  const message = state.messages.find((other) => other.id === id);
  if (!message) return { ...state, stale: true };
  const end = codePoints(message.text);
  if (!isUnfinished(message) || offset + codePoints(text) <= end) return state;
  if (offset !== end) return { ...state, stale: true };
  return change(state, (other) => other === message, { text: message.text + text, status: "streaming" });
}

/** Puts a visitor's message at the end, waiting to be sent; again if it had failed. */
function queued(state, { clientId, text, at }) {
  const known = state.messages.find((message) => message.clientId === clientId);
  if (known) return change(state, (message) => message === known && isUnsent(message), { delivery: "sending" });
  const message = { id: clientId, author: "visitor", text, clientId, at, status: "completed", delivery: "sending" };
  return { ...state, messages: [...state.messages, message] };
}

function isUnsent(message) {
  return message.delivery === "sending" || message.delivery === "failed";
}

/** The fields of a message that the server's data mentions, under our names. */
function fromServer(data) {
  const fields = { id: data.id };
  const names = { author: "author", name: "name", text: "text", status: "status", client_id: "clientId", replaces: "replaces" };
  Object.assign(names, { sources: "sources", offers_person: "offersPerson", feedback: "feedback", error: "error", created_at: "at" });
  for (const [theirs, ours] of Object.entries(names)) if (theirs in data) fields[ours] = data[theirs];
  if (data.author === "visitor") fields.delivery = "sent";
  return fields;
}

/** Gives a new message its place; one that waited here to be sent leaves its place in the queue for it. */
function created(state, fields) {
  const mine = (message) => message.id === fields.id || (fields.clientId && message.clientId === fields.clientId);
  const queued = state.messages.find(mine);
  const kept = state.messages.filter((message) => message !== queued && message.id !== fields.replaces);
  return insert({ ...state, messages: kept, typing: false }, { text: "", status: "completed", ...queued, ...fields });
}

function notice(state, kind, data) {
  const message = { id: `notice-${state.seq}`, author: "notice", kind, name: data?.name ?? "", text: "" };
  return insert(state, { ...message, status: "completed" });
}

/** Puts what the server has told of behind all that it told before, and before what is still to be sent. */
function insert(state, message) {
  const unsent = state.messages.findIndex(isUnsent);
  const place = unsent < 0 ? state.messages.length : unsent;
  return { ...state, messages: state.messages.toSpliced(place, 0, message) };
}

function change(state, matches, fields) {
  let changed = false;
  const messages = state.messages.map((message) => {
    if (!matches(message)) return message;
    changed = true;
    return { ...message, ...fields };
  });
  return changed ? { ...state, messages } : state;
}
