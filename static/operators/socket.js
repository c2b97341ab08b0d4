/**
 * The operator's socket, which comes back by itself.
 *
 * Events: `frame` with the frame, `status` with one of connecting, open, lost, refused. Waiting times are drawn
 * evenly from nothing to a bound that grows from half a second to thirty.
 */

const FIRST_BOUND_S = 0.5;
const LAST_BOUND_S = 30;
const PING_EVERY_MS = 20_000;
const ANSWER_WITHIN_MS = 9_000;
const ACK_EVERY_FRAMES = 64;
const FINAL_CODES = new Set([4401, 4403, 1008]);

export class OperatorSocket extends EventTarget {
  constructor() {
    super();
    this.status = "connecting";
    this.attempts = 0;
    this.timers = {};
    window.addEventListener("online", () => this.wake());
    window.addEventListener("pageshow", (event) => event.persisted && this.wake());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake());
  }

  open() {
    clearTimeout(this.timers.retry);
    if (this.socket) return;
    const url = new URL("/ws/operator/", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.socket = socket;
    this.frames = 0;
    socket.addEventListener("message", (event) => this.socket === socket && this.received(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.socket === socket && this.closed(event.code));
    this.expectAnswer();
  }

  /** Sends a frame; false means that nobody is there to take it. */
  send(frame) {
    if (this.status !== "open" || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  received(frame) {
    clearTimeout(this.timers.answer);
    clearTimeout(this.timers.ping);
    this.timers.ping = setTimeout(() => this.probe(), PING_EVERY_MS);
    this.frames += 1;
    if (frame.type === "ready") {
      this.attempts = 0;
      this.report("open");
    }
    if (this.frames % ACK_EVERY_FRAMES === 0) this.send({ type: "ack", frames: this.frames });
    this.dispatchEvent(new CustomEvent("frame", { detail: frame }));
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
    if (this.socket) this.probe();
    else this.open();
  }

  closed(code) {
    for (const timer of Object.values(this.timers)) clearTimeout(timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    if (FINAL_CODES.has(code)) {
      this.report("refused");
      return;
    }
    const bound = Math.min(LAST_BOUND_S, FIRST_BOUND_S * 2 ** this.attempts);
    this.attempts += 1;
    this.timers.retry = setTimeout(() => this.open(), Math.random() * bound * 1000);
    this.report("lost");
  }

  report(status) {
    this.status = status;
    this.dispatchEvent(new CustomEvent("status", { detail: status }));
  }
}
