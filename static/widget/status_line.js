/** The line that says in words how the connection is, as long as it is not simply there. */

import { setText } from "./dom.js";
import { text } from "./strings.js";

/** Most connections stand within this time; a line that comes and goes at once would only flicker. */
const PATIENCE_MS = 700;

export class StatusLine {
  constructor(node, { onRetry }) {
    this.node = node;
    this.words = node.querySelector("[data-words]");
    this.button = node.querySelector("button");
    this.button.addEventListener("click", onRetry);
  }

  show({ status, retryAt }) {
    clearTimeout(this.patience);
    clearInterval(this.clock);
    if (status === "open") {
      this.node.hidden = true;
      return;
    }
    this.status = status;
    this.retryAt = retryAt;
    this.patience = setTimeout(() => this.reveal(), this.node.hidden && status !== "busy" ? PATIENCE_MS : 0);
    this.clock = setInterval(() => this.refresh(), 1000);
  }

  reveal() {
    this.node.hidden = false;
    this.refresh();
  }

  refresh() {
    const seconds = Math.max(0, Math.ceil((this.retryAt - Date.now()) / 1000));
    const waiting = this.retryAt && seconds > 0;
    const name = this.status === "busy" ? (waiting ? "busy" : "busyNow") : this.status;
    this.node.dataset.status = this.status;
    setText(this.words, text(name, { seconds }));
    this.button.hidden = !waiting || this.status === "offline" || this.status === "refused";
  }
}
