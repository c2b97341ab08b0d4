/** The operator's socket. `status` is one of connecting, open, lost, refused. */

import { ReturningSocket } from "../widget/returning_socket.js";

const FINAL_CODES = new Set([4401, 4403, 1008]);

export class OperatorSocket extends ReturningSocket {
  constructor() {
    super("ready");
  }

  open() {
    clearTimeout(this.timers.retry);
    if (!this.socket) this.attach("/ws/operator/");
  }

  closed(code) {
    this.detach();
    if (FINAL_CODES.has(code)) this.report("refused");
    else this.retry("lost");
  }
}
