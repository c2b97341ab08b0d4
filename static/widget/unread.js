/** Counts the answers that came while nobody looked. */

import { isUnfinished } from "./conversation.js";

export class Unread {
  constructor(storage) {
    this.storage = storage;
    this.count = 0;
  }

  /** The number of unread messages of `state`; zero, and remembered as read, when somebody is `looking`. */
  update(state, looking) {
    const received = state.messages.filter(isReceived).length;
    const read = this.storage.get("read");
    const known = read?.conversation === state.id ? read.received : 0;
    this.count = looking ? 0 : Math.max(0, received - known);
    if (looking && state.id && (known !== received || read?.conversation !== state.id)) {
      this.storage.set("read", { conversation: state.id, received });
    }
    return this.count;
  }
}

function isReceived(message) {
  return (message.author === "assistant" || message.author === "operator") && !isUnfinished(message);
}
