/** The list of messages with its day separators; keeps one view per message and touches only what changed. */

import { lastAnswer } from "./conversation.js";
import { element } from "./dom.js";
import { MessageView } from "./message_view.js";
import { text } from "./strings.js";
import { dayInWords, isSameDay } from "./times.js";

const REFRESH_TIMES_MS = 30_000;

export class Transcript {
  constructor(list, act) {
    this.list = list;
    this.act = act;
    this.views = new Map();
    this.days = new Map();
    setInterval(() => this.views.forEach((view) => view.refreshTime?.()), REFRESH_TIMES_MS);
  }

  /** Makes the list show the messages of `state`. */
  render(state) {
    const newest = lastAnswer(state)?.id;
    const nodes = [];
    const views = new Map();
    const days = new Map();
    let before = null;
    for (const [index, message] of state.messages.entries()) {
      const day = this.dayBetween(before, message, days);
      if (day) nodes.push(day);
      const key = message.clientId ?? message.id;
      const view = this.views.get(key) ?? this.create(message);
      const ends = endsGroup(message, state.messages[index + 1]);
      view.update(message, { ends, newest: message.id === newest, offers: state.turn === "assistant" && !state.closed });
      views.set(key, view);
      nodes.push(view.node);
      if (message.at) before = message;
    }
    this.views = views;
    this.days = days;
    place(this.list, nodes);
  }

  create(message) {
    return message.author === "notice" ? new NoticeView(message) : new MessageView(message, this.act);
  }

  dayBetween(before, message, days) {
    if (!message.at) return null;
    const moment = new Date(message.at);
    if (before && isSameDay(new Date(before.at), moment)) return null;
    const words = dayInWords(moment);
    const node = this.days.get(words) ?? element("li", { class: "day" }, [element("span", {}, [words])]);
    days.set(words, node);
    return node;
  }
}

class NoticeView {
  constructor(message) {
    const words = text(message.kind, { name: message.name || text("operator") });
    this.node = element("li", { class: "notice" }, [element("span", {}, [words])]);
  }

  update() {}
}

function endsGroup(message, next) {
  return !next || next.author !== message.author || message.delivery === "failed" || message.author === "assistant";
}

/** Makes `nodes` the children of `list`, moving none that stands right, so that focus and selection stay. */
function place(list, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...list.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
}
