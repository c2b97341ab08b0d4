/**
 * Messages that the server has not confirmed. They outlive a reload, and sending one twice is harmless because
 * the server knows each by its client id.
 */

export class Outbox {
  constructor(storage) {
    this.storage = storage;
  }

  /** The unconfirmed messages of `conversation`, oldest first: `{clientId, text, at}`. */
  waiting(conversation) {
    return this.all().filter((message) => message.conversation === conversation || message.conversation === null);
  }

  add(message) {
    this.storage.set("outbox", [...this.all().filter((other) => other.clientId !== message.clientId), message]);
  }

  /**
   * What was written before there was a conversation belongs to `conversation` from now on, so that no other
   * tab sends it into another one. What was written for `gone` too, when the server no longer knows that one.
   */
  adopt(conversation, gone = null) {
    const mine = (message) => message.conversation === null || message.conversation === gone;
    const all = this.all();
    if (all.some(mine)) this.storage.set("outbox", all.map((message) => (mine(message) ? { ...message, conversation } : message)));
  }

  confirm(clientId) {
    const all = this.all();
    const rest = all.filter((message) => message.clientId !== clientId);
    if (rest.length !== all.length) this.storage.set("outbox", rest);
  }

  all() {
    return this.storage.get("outbox", []);
  }
}

/** A random UUID; `crypto.randomUUID` exists on secure pages only, and a chat on a local network may be on plain http. */
export function newClientId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
