/** One message of the transcript as a list item that can be brought up to date. */

import { copyButton } from "./copy_button.js";
import { isUnfinished } from "./conversation.js";
import { element, setAttributes, setText } from "./dom.js";
import { iconButton } from "./icons.js";
import { codeBlock } from "./code_block.js";
import { draw } from "./markdown_dom.js";
import { personButton, sourcesNode } from "./sources.js";
import { text } from "./strings.js";
import { timeInFull, timeInWords } from "./times.js";

const SPEAKERS = { visitor: "you", assistant: "assistant", operator: "operator", system: "system" };

export class MessageView {
  /** `act(name, message, value)` is called for resend, regenerate, rate and person. */
  constructor(message, act) {
    this.act = act;
    this.shown = {};
    const name = message.name || text(SPEAKERS[message.author] ?? "system");
    this.speaker = element("span", { class: "visually-hidden" }, [`${name}: `]);
    this.content = element("div", { class: "bubble__text" });
    this.dots = element("div", { class: "dots", "aria-hidden": "true" }, [0, 1, 2].map(() => element("span")));
    this.below = element("div", { class: "bubble__below" });
    this.bubble = element("div", { class: "bubble" }, [this.speaker, this.content, this.dots, this.below]);
    this.time = element("time", { class: "message__time" });
    this.state = element("span", { class: "message__state" });
    this.actions = element("div", { class: "message__actions" });
    const foot = element("div", { class: "message__foot" }, [this.time, this.state, this.actions]);
    this.node = element("li", { class: `message message--${message.author}` }, [this.bubble, foot]);
    // For the eyes; a screen reader hears the speaker inside the bubble.
    if (message.author === "operator") this.node.prepend(element("p", { class: "message__name", "aria-hidden": "true" }, [name]));
    this.message = message;
    if (message.author === "assistant") this.addAnswerActions();
  }

  addAnswerActions() {
    this.copy = copyButton(text("copyAnswer"), () => this.message.text);
    this.again = iconButton("again", text("regenerate"), { class: "action" });
    this.again.addEventListener("click", () => this.act("regenerate", this.message));
    this.thumbs = ["up", "down"].map((value) => {
      const label = text(value === "up" ? "helpful" : "notHelpful");
      const button = iconButton(value, label, { class: "action action--thumb", "aria-pressed": "false" });
      button.addEventListener("click", () => {
        this.act("rate", this.message, this.message.feedback === value ? null : value);
      });
      return [value, button];
    });
    this.actions.append(this.copy, ...this.thumbs.map(([, button]) => button), this.again);
  }

  /** Shows `message`; `place` says whether it ends its group and whether it is the newest answer. */
  update(message, place) {
    const unchanged = message === this.message && Object.keys(place).every((name) => this.shown[name] === place[name]);
    if (unchanged && this.shown.once) return;
    this.message = message;
    this.shown = { ...place, once: true };
    setAttributes(this.node, {
      "data-id": message.id,
      "data-status": message.delivery ?? message.status,
      "data-ends": place.ends,
      "data-newest": place.newest,
    });
    // An answer that a person made needless before it began.
    this.node.hidden = message.status === "stopped" && !message.text && !place.newest;
    this.updateText(message);
    this.updateBelow(message, place);
    this.updateFoot(message, place);
  }

  updateText(message) {
    if (message.author === "visitor") setText(this.content, message.text);
    else draw(this.content, message.text, codeBlock);
    this.content.hidden = !message.text;
    this.dots.hidden = !isUnfinished(message) || Boolean(message.text);
    this.bubble.hidden = this.content.hidden && this.dots.hidden;
  }

  /** Sources come with the whole answer; the offer of a person stands only below the newest one, while it can be taken. */
  updateBelow(message, { newest, offers }) {
    const sources = isUnfinished(message) ? [] : (message.sources ?? []);
    const offered = Boolean(offers && newest && message.offersPerson);
    const key = JSON.stringify([sources, offered]);
    if (key === this.belowKey) return;
    this.belowKey = key;
    const offer = offered && personButton(() => this.act("person", this.message));
    this.below.replaceChildren(...[sourcesNode(sources), offer].filter(Boolean));
    this.below.hidden = !this.below.childElementCount;
  }

  updateFoot(message, { newest }) {
    this.refreshTime();
    const [note, retry] = this.describe(message);
    this.state.replaceChildren(...[note, retry].filter(Boolean));
    this.state.hidden = !note && !retry;
    if (!this.thumbs) return;
    const finished = !isUnfinished(message);
    this.copy.hidden = !message.text;
    this.again.hidden = !newest;
    this.actions.hidden = !finished;
    for (const [value, button] of this.thumbs) {
      button.setAttribute("aria-pressed", String(message.feedback === value));
      button.hidden = message.status === "failed";
    }
  }

  /** What there is to say about the message's fate, and the button that mends it. */
  describe(message) {
    if (message.delivery === "sending") return [text("sending"), null];
    if (message.delivery === "failed") return [message.reason || text("notSent"), this.retryButton("resend")];
    if (message.status === "stopped") return [text("stopped"), null];
    if (message.status === "failed") return [text("answerFailed"), this.shown.newest && this.retryButton("regenerate")];
    return [null, null];
  }

  retryButton(action) {
    const button = element("button", { type: "button", class: "retry" }, [text("tryAgain")]);
    button.addEventListener("click", () => this.act(action, this.message));
    return button;
  }

  refreshTime() {
    const moment = this.message.at ? new Date(this.message.at) : null;
    this.time.hidden = !moment;
    if (!moment) return;
    setAttributes(this.time, { datetime: moment.toISOString(), title: timeInFull(moment) });
    setText(this.time, timeInWords(moment));
  }
}
