/**
 * A socket to the server that comes back by itself, and the pulse that tells whether it is alive.
 *
 * Events: `frame` with the frame, `status` with `{status, retryAt}`. Waiting times are drawn evenly from nothing to
 * a bound that grows from half a second to thirty, so that a crowd does not return in one wave. A tab that wakes up,
 * comes back to the front or finds its network again does not wait for its turn.
 *
 * Subclasses have `open()`, which ends in `attach`, and `closed(code)`, which begins with `detach`.
 */

const FIRST_BOUND_S = 0.5;
const LAST_BOUND_S = 30;
const PING_EVERY_MS = 20_000;
const ANSWER_WITHIN_MS = 9_000;
const ACK_EVERY_MS = 1000;
const ACK_EVERY_FRAMES = 64;

export class ReturningSocket extends EventTarget {
  /** `welcome` is the type of the frame by which the server lets the client in. */
  constructor(welcome) {
    super();
    this.welcome = welcome;
    this.status = "connecting";
    this.retryAt = null;
    this.attempts = 0;
    this.socket = null;
    this.timers = {};
    window.addEventListener("online", () => this.wake());
    window.addEventListener("pageshow", (event) => event.persisted && this.wake());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake());
  }

  /** Sends a frame; false means that nobody is there to take it. */
  send(frame) {
    if (this.status !== "open" || !this.socket || this.socket.readyState > WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  attach(path) {
    const url = new URL(path, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    this.frames = this.acknowledged = 0;
    socket.addEventListener("message", (event) => this.socket === socket && this.received(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.socket === socket && this.closed(event.code));
    this.expectAnswer();
    return socket;
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
    if (frame.type === this.welcome) {
      this.attempts = 0;
      this.report("open");
    }
    this.schedulePing();
    this.countFrame();
    this.handOn(frame);
  }

  handOn(frame) {
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
    if (this.send(this.acknowledgement())) this.acknowledged = this.frames;
  }

  acknowledgement() {
    return { type: "ack", frames: this.frames };
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
    this.timers.answer = setTimeout(() => this.closed(1006), ANSWER_WITHIN_MS);
  }

  wake() {
    if (this.status === "refused") return;
    if (this.socket) this.catchUp();
    else this.open();
  }

  /** Asks an open socket, after a pause, for what may have been missed. */
  catchUp() {
    this.probe();
  }

  /** Opens again after a drawn time, and `atLeast` so many seconds; 0 means at once. */
  retry(status, atLeast) {
    const bound = Math.min(LAST_BOUND_S, FIRST_BOUND_S * 2 ** this.attempts);
    const seconds = atLeast === 0 ? 0 : (atLeast ?? 0) + Math.random() * bound;
    this.attempts += 1;
    this.retryAt = Date.now() + seconds * 1000;
    this.timers.retry = setTimeout(() => this.open(), seconds * 1000);
    this.report(status);
  }

  report(status) {
    this.status = status;
    this.dispatchEvent(new CustomEvent("status", { detail: { status, retryAt: this.retryAt } }));
  }
}
