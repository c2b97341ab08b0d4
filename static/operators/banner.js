/** The line at the top that says when something does not work, and when it works again. */

const SHOWN_MS = 4000;

export class Banner {
  constructor() {
    this.node = document.querySelector("[data-banner]");
  }

  /** Shows the state of the socket; a connection that was never lost needs no words. */
  follow(socket) {
    socket.addEventListener("status", ({ detail: { status } }) => {
      if (status === "open" && this.isLost) this.say(this.node.dataset.back);
      if (status === "lost") this.say(this.node.dataset.lost, { stays: true, bad: true });
      if (status === "refused") this.say(this.node.dataset.refused, { stays: true, bad: true });
      this.isLost = status === "lost" || status === "refused";
    });
  }

  say(words, { stays = false, bad = false } = {}) {
    clearTimeout(this.timer);
    this.node.textContent = words;
    this.node.classList.toggle("inbox-bad", bad);
    this.node.hidden = false;
    if (!stays) this.timer = setTimeout(() => (this.node.hidden = true), SHOWN_MS);
  }

  fail(words) {
    this.say(words || this.node.dataset.failed, { bad: true });
  }
}
