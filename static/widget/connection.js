/**
 * The visitor's socket.
 *
 * `status` is one of connecting, open, reconnecting, busy, offline, refused. A tab that wakes up connects at once, or
 * asks an open socket for what came after the last event that it has.
 */

import { obtainTicket } from "./backend.js";
import { ReturningSocket } from "./returning_socket.js";
import { page } from "./strings.js";

const FINAL_CODES = new Set([4403, 1008]);

export class Connection extends ReturningSocket {
  /** `position()` gives `{conversation, after}`, what this browser has of the conversation already. */
  constructor(storage, position) {
    super("welcome");
    this.storage = storage;
    this.position = position;
    window.addEventListener("offline", () => (this.socket ? this.probe() : this.report("offline")));
  }

  /** Opens the socket now, whatever the waiting time. */
  async open() {
    clearTimeout(this.timers.retry);
    if (this.opening || this.socket) return;
    this.opening = true;
    this.report(this.attempts ? "reconnecting" : "connecting");
    try {
      this.enter(await obtainTicket(this.storage));
    } catch (error) {
      this.failed(error);
    } finally {
      this.opening = false;
    }
  }

  /** Closes and opens again from the position that the caller now has. */
  restart() {
    this.attempts = 0;
    this.detach();
    this.open();
  }

  enter(ticket) {
    this.waitAtLeast = null;
    const socket = this.attach(page.paths.socket);
    socket.addEventListener("open", () => socket.send(JSON.stringify({ type: "hello", ticket, language: page.language, ...this.position() })));
  }

  handOn(frame) {
    // Turned away before the welcome: the close that follows starts the waiting.
    if (frame.type === "busy" && this.status !== "open") this.waitAtLeast = frame.retry_after;
    else super.handOn(frame);
  }

  acknowledgement() {
    return { ...super.acknowledgement(), seq: this.position().after };
  }

  catchUp() {
    if (this.send({ type: "resync", after: this.position().after })) this.expectAnswer();
  }

  closed(code) {
    this.detach();
    if (FINAL_CODES.has(code)) this.report("refused");
    else if (code === 4401 && this.attempts === 0) this.retry("reconnecting", 0);
    else this.retry(code === 1013 ? "busy" : "reconnecting", this.waitAtLeast);
  }

  failed(error) {
    if (error.status === 403 || error.status === 404) this.report("refused");
    else this.retry(error.status === 429 || error.status === 503 ? "busy" : "reconnecting", error.retryAfter);
  }

  retry(status, atLeast) {
    super.retry(navigator.onLine ? status : "offline", atLeast);
  }
}
