/**
 * One socket to the server that comes back by itself.
 *
 * `status` is one of connecting, open, reconnecting, busy, offline, refused. Waiting times are drawn evenly from
 * nothing to a bound that grows from half a second to thirty, so that a crowd of visitors does not return in one
 * wave. A tab that wakes up, comes back to the front or finds its network again does not wait for its turn: it
 * connects at once, or asks an open socket for what came after the last event that it has.
 */

import { obtainTicket } from "./backend.js";
import { page } from "./strings.js";

const FIRST_BOUND_S = 0.5;
const LAST_BOUND_S = 30;
const PING_EVERY_MS = 20_000;
const ANSWER_WITHIN_MS = 9_000;
const ACK_EVERY_MS = 1000;
const ACK_EVERY_FRAMES = 64;
const FINAL_CODES = new Set([4403, 1008]);

export class Connection extends EventTarget {
  /** `position()` gives `{conversation, after}`, what this browser has of the conversation already. */
  constructor(storage, position) {
    super();
    this.storage = storage;
    this.position = position;
    this.status = "connecting";
    this.retryAt = null;
    this.attempts = 0;
    this.socket = null;
    this.timers = {};
    this.listen();
  }

  listen() {
    window.addEventListener("online", () => this.wake());
    window.addEventListener("offline", () => (this.socket ? this.probe() : this.report("offline")));
    window.addEventListener("pageshow", (event) => event.persisted && this.wake());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake());
  }

  /** Opens the socket now, whatever the waiting time. */
  async open() {
    clearTimeout(this.timers.retry);
    if (this.opening || this.socket) return;
    this.opening = true;
    this.report(this.attempts ? "reconnecting" : "connecting");
    try {
      this.attach(await obtainTicket(this.storage));
    } catch (error) {
      this.failed(error);
    } finally {
      this.opening = false;
    }
  }

  /** Sends a frame; false means that nobody is there to take it. */
  send(frame) {
    if (this.status !== "open") return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  /** Closes and opens again from the position that the caller now has. */
  restart() {
    this.attempts = 0;
    this.detach();
    this.open();
  }

  attach(ticket) {
    const url = new URL(page.paths.socket, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    this.frames = this.acknowledged = 0;
    this.waitAtLeast = null;
    socket.addEventListener("open", () => socket.send(JSON.stringify({ type: "hello", ticket, language: page.language, ...this.position() })));
    socket.addEventListener("message", (event) => this.socket === socket && this.received(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.socket === socket && this.closed(event.code));
    this.expectAnswer();
  }

  detach() {
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    this.timers = {};
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
  }

  received(frame) {
    clearTimeout(this.timers.answer);
    if (frame.type === "welcome") {
      this.attempts = 0;
      this.report("open");
    }
    this.schedulePing();
    this.countFrame();
    if (frame.type === "busy" && this.status !== "open") {
      // Turned away before the welcome: the close that follows starts the waiting.
      this.waitAtLeast = frame.retry_after;
      return;
    }
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
  }

  /** Tells the server from time to time how much was read, for it sends only so much ahead. */
  countFrame() {
    this.frames += 1;
    if (this.frames - this.acknowledged >= ACK_EVERY_FRAMES) this.acknowledge();
    else this.timers.ack ??= setTimeout(() => this.acknowledge(), ACK_EVERY_MS);
  }

  acknowledge() {
    clearTimeout(this.timers.ack);
    delete this.timers.ack;
    if (this.send({ type: "ack", seq: this.position().after, frames: this.frames })) this.acknowledged = this.frames;
  }

  schedulePing() {
    clearTimeout(this.timers.ping);
    this.timers.ping = setTimeout(() => this.probe(), PING_EVERY_MS);
  }

  /** Asks for a sign of life; a socket that gives none is gone, whatever it says of itself. */
  probe() {
    if (this.send({ type: "ping" })) this.expectAnswer();
  }

  expectAnswer() {
    clearTimeout(this.timers.answer);
    this.timers.answer = setTimeout(() => {
      this.detach();
      this.closed(1006);
    }, ANSWER_WITHIN_MS);
  }

  wake() {
    if (this.status === "refused") return;
    if (!this.socket) this.open();
    else if (this.send({ type: "resync", after: this.position().after })) this.expectAnswer();
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
    const bound = Math.min(LAST_BOUND_S, FIRST_BOUND_S * 2 ** this.attempts);
    const seconds = atLeast === 0 ? 0 : (atLeast ?? 0) + Math.random() * bound;
    this.attempts += 1;
    this.retryAt = Date.now() + seconds * 1000;
    this.timers.retry = setTimeout(() => this.open(), seconds * 1000);
    this.report(navigator.onLine ? status : "offline");
  }

  report(status) {
    this.status = status;
    this.dispatchEvent(new CustomEvent("status", { detail: { status, retryAt: this.retryAt } }));
  }
}
