/**
 * Answers that are tried, over the workbench's socket: one at a time, shown while they are written.
 *
 * `found(html)` and `done(frame)` bring HTML that the server made of escaped text; `delta(text)` brings text only.
 */

import { ReturningSocket } from "../../widget/returning_socket.js";

const FINAL_CODES = new Set([4401, 4403, 1008]);

class WorkbenchSocket extends ReturningSocket {
  open() {
    clearTimeout(this.timers.retry);
    if (!this.socket) this.attach("/ws/workbench/");
  }

  closed(code) {
    this.detach();
    if (FINAL_CODES.has(code)) this.report("refused");
    else this.retry("lost");
  }
}

/** Events: `status` with `{status}`: connecting, open, lost or refused. */
export class AnswerStream extends EventTarget {
  constructor() {
    super();
    this.current = null;
    this.socket = new WorkbenchSocket("ready");
    this.socket.addEventListener("frame", ({ detail }) => this.received(detail));
    this.socket.addEventListener("status", ({ detail }) => {
      if (detail.status !== "open" && detail.status !== "connecting") this.end((on) => on.lost?.());
      this.dispatchEvent(new CustomEvent("status", { detail }));
    });
    this.socket.open();
  }

  /**
   * Lets the server write for a page of this `kind`; `on` has `delta(text)`, `found(html)`, `done(frame)`,
   * `failed(detail)` and `lost()`. False means that nobody is there to take it.
   */
  ask(kind, asked, on) {
    const ask = newId();
    if (!this.socket.send({ type: "write", kind, ask, asked })) return false;
    this.current = { ask, on };
    return true;
  }

  /** Lets the server write no further. */
  stop() {
    this.current = null;
    this.socket.send({ type: "stop" });
  }

  received(frame) {
    if (!this.current || frame.ask !== this.current.ask) return;
    const { on } = this.current;
    if (frame.type === "answer.delta") on.delta?.(frame.text);
    if (frame.type === "answer.found") on.found?.(frame.html);
    if (frame.type === "answer.done") this.end(() => on.done?.(frame));
    if (frame.type === "answer.error") this.end(() => on.failed?.(frame.detail, frame));
  }

  end(tell) {
    const { current } = this;
    this.current = null;
    if (current) tell(current.on);
  }
}

function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
