/**
 * What the chat shows of people: the way to one, the wait, who answers, the address and the rating left behind.
 *
 * All of it is drawn from the conversation's state, so that two tabs and a reload show the same.
 */

import { setText } from "./dom.js";
import { text } from "./strings.js";
import { timeInFull } from "./times.js";

export class People {
  /** `send(frame)` hands a frame to the server, false if it cannot; `say(words)` tells a screen reader. */
  constructor(find, { send, say, moveFocus }) {
    this.find = find;
    this.send = send;
    this.say = say;
    this.moveFocus = moveFocus;
    this.about = find("about").textContent;
    find("person").addEventListener("click", () => this.ask(true));
    find("assistant").addEventListener("click", () => this.ask(false));
    find("contact").addEventListener("submit", (event) => this.leaveAddress(event));
    find("rating").addEventListener("submit", (event) => this.rate(event));
  }

  /** Shows what `state` says; `ready` tells whether the server can be asked. */
  render(state, ready) {
    const waiting = state.turn === "waiting" && !state.closed;
    const joined = state.turn === "operator" && !state.closed;
    this.find("person").hidden = state.turn !== "assistant" || state.closed || !ready;
    this.find("note").hidden = joined;
    setText(this.find("about"), joined ? text("answersYou", { name: state.operator || text("operator") }) : this.about);
    this.find("wait").hidden = !waiting;
    if (waiting) this.renderWait(state);
    this.find("rating").hidden = !state.closed || state.rated !== null || !state.messages.some(isSaid);
    this.find("rated").hidden = !state.closed || state.rated === null;
  }

  renderWait(state) {
    const alone = !state.online;
    const words = [text(alone ? "nobodyThere" : "personComes")];
    if (alone && state.opensAt) words.push(text("backAt", { time: timeInFull(new Date(state.opensAt)) }));
    const sentence = words.join(" ");
    if (this.find("wait-words").textContent !== sentence) this.say(sentence);
    setText(this.find("wait-words"), sentence);
    this.find("contact").hidden = !alone || state.contactLeft;
    this.find("contact-left").hidden = !state.contactLeft;
  }

  ask(wanted) {
    if (this.send({ type: "handoff", wanted })) this.moveFocus();
  }

  leaveAddress(event) {
    event.preventDefault();
    const address = event.target.elements.address.value.trim();
    if (address && this.send({ type: "contact", address })) this.moveFocus();
  }

  rate(event) {
    event.preventDefault();
    const { score, comment } = event.target.elements;
    if (score.value) this.send({ type: "rating", score: Number(score.value), comment: comment.value.trim() });
  }
}

function isSaid({ author }) {
  return author === "assistant" || author === "operator";
}
