/**
 * The chat page: connects the parts and holds nothing but the conversation's state.
 *
 * Everything that happens becomes an action; the state that comes of it is drawn, announced and counted in `apply`.
 */

import { Announcer } from "./announcer.js";
import { forgetVisitor } from "./backend.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { currentAnswer, empty, isUnfinished, reduce } from "./conversation.js";
import { Host } from "./host.js";
import { newClientId, Outbox } from "./outbox.js";
import { ScrollKeeper } from "./scroll_keeper.js";
import { StatusLine } from "./status_line.js";
import { SiteStorage } from "./storage.js";
import { People } from "./people.js";
import { page, text } from "./strings.js";
import { applyColours, setTheme } from "./theme.js";
import { Transcript } from "./transcript.js";
import { Unread } from "./unread.js";

const find = (name) => document.querySelector(`[data-part="${name}"]`);
const PROBLEM_MS = 8000;
/** How often the visitor's typing is told, and how long an operator's is shown. */
const TYPING_EVERY_MS = 3000;
const TYPING_SHOWN_MS = 6000;

class Chat {
  constructor() {
    this.state = empty;
    this.storage = new SiteStorage(page.site.key);
    this.outbox = new Outbox(this.storage);
    this.unread = new Unread(this.storage);
    this.host = new Host();
    this.announcer = new Announcer(find("announcer"));
    this.transcript = new Transcript(find("messages"), (...action) => this.act(...action));
    this.scroll = new ScrollKeeper(find("log"), find("content"), find("pill"));
    this.composer = new Composer(find("composer"), this.storage, {
      onSend: (words) => this.send(words),
      onStop: () => this.stop(),
      onTyping: () => this.tellTyping(),
    });
    this.people = new People(find, {
      send: (frame) => this.connection.send(frame),
      say: (words) => this.announcer.say(words),
      moveFocus: () => this.composer.focus(),
    });
    this.connection = new Connection(this.storage, () => this.position());
    this.status = new StatusLine(find("status"), { onRetry: () => this.retry() });
    this.listen();
  }

  start() {
    applyColours();
    document.documentElement.classList.toggle("embedded", this.host.embedded);
    this.queueAgain(this.storage.get("conversation"));
    this.render();
    this.connection.open();
  }

  listen() {
    this.connection.addEventListener("frame", (event) => this.frame(event.detail));
    this.connection.addEventListener("status", (event) => this.connected(event.detail));
    this.host.addEventListener("command", (event) => this.command(event.detail));
    // Another tab forgot the visitor, so this one does too.
    this.storage.onChange((name) => name === "visitor" && !this.storage.get("visitor") && this.leave());
    document.addEventListener("visibilitychange", () => this.count());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.host.embedded && !event.isComposing) this.host.tell("close");
    });
    find("close").addEventListener("click", () => this.host.tell("close"));
    find("new").addEventListener("click", () => this.begin());
    find("begin").addEventListener("click", () => this.begin());
    for (const button of find("suggestions").querySelectorAll("button")) {
      button.addEventListener("click", () => {
        this.send(button.textContent.trim());
        this.focusInside();
      });
    }
  }

  /** Takes an action, and shows what came of it. */
  apply(action) {
    const before = this.state;
    this.state = reduce(before, action);
    if (this.state === before) return;
    this.render();
    // Asked once: until the welcome that answers, more of what does not fit is no news.
    if (this.state.stale && (!before.stale || action.type === "welcome")) this.resync();
  }

  render() {
    this.transcript.render(this.state);
    // Who has a conversation waits for it rather than seeing a greeting come and go.
    const returning = !this.isConnected && this.storage.get("conversation");
    find("welcome").hidden = this.state.messages.length > 0 || Boolean(returning);
    find("new").hidden = this.state.messages.length === 0;
    find("closed").hidden = !this.state.closed;
    find("composer").hidden = this.state.closed;
    find("typing").hidden = !this.state.typing;
    this.people.render(this.state, Boolean(this.isConnected));
    this.composer.setAnswering(Boolean(currentAnswer(this.state)));
    this.scroll.settle();
    this.count();
  }

  count() {
    const before = this.unread.count;
    const count = this.unread.update(this.state, this.host.open && document.visibilityState === "visible");
    document.title = count ? `(${count}) ${page.site.name}` : page.site.name;
    if (count !== before) this.host.tell("unread", { count });
    if (count === 0) this.tellSeen();
  }

  /** Tells operators that what they wrote was seen; the assistant does not ask. */
  tellSeen() {
    const last = this.state.messages.findLast((message) => message.author !== "notice");
    const news = last?.author === "operator" && this.seen !== `${this.state.id} ${last.id}`;
    const looking = this.host.open && document.visibilityState === "visible";
    if (news && looking && this.connection.send({ type: "seen", seq: this.state.seq })) this.seen = `${this.state.id} ${last.id}`;
  }

  /** Lets an operator see that the visitor writes. */
  tellTyping() {
    const now = Date.now();
    if (this.state.turn === "assistant" || now - (this.toldTyping ?? 0) < TYPING_EVERY_MS) return;
    if (this.connection.send({ type: "typing" })) this.toldTyping = now;
  }

  /** Tells on which page the visitor has the chat; without its query, where secrets stand. */
  tellPage() {
    const [address, title] = this.host.page ?? [location.href, document.title];
    const url = String(address).split(/[?#]/)[0].slice(0, 2048);
    const told = `${this.state.id} ${url}`;
    if (told === this.toldPage || !this.state.id || this.state.messages.length === 0) return;
    if (this.connection.send({ type: "page", url, title: String(title).slice(0, 200) })) this.toldPage = told;
  }

  typing() {
    this.apply({ type: "typing", active: true });
    clearTimeout(this.typingTimer);
    this.typingTimer = setTimeout(() => this.apply({ type: "typing", active: false }), TYPING_SHOWN_MS);
  }

  position() {
    const conversation = this.state.id ?? this.storage.get("conversation");
    return { conversation, after: this.state.id ? this.state.seq : 0 };
  }

  frame(frame) {
    if (frame.type === "welcome") this.welcomed(frame);
    else if (frame.type === "event") this.happened(frame);
    else if (frame.type === "delta" || frame.type === "pong") this.apply(frame);
    else if (frame.type === "typing") this.typing();
    else if (frame.type === "accepted") this.outbox.confirm(frame.client_id);
    else if (frame.type === "busy") this.busy(frame);
    else if (frame.type === "error") this.refused(frame);
    if (this.isConnected && !this.state.stale) this.announcer.follow(this.state);
  }

  welcomed(frame) {
    const first = this.state.id !== frame.conversation;
    this.isConnected = true;
    this.apply(frame);
    if (first) this.announcer.skip(this.state);
    this.storage.set("conversation", frame.conversation);
    this.remember();
    this.outbox.adopt(frame.conversation);
    for (const message of this.state.messages) if (message.delivery === "sent") this.outbox.confirm(message.clientId);
    for (const message of this.outbox.waiting(frame.conversation)) {
      this.apply({ type: "queued", ...message });
      this.deliver(message);
    }
    this.tellPage();
    if (first) this.scroll.toEnd();
  }

  happened(frame) {
    const { client_id: clientId, author, id, status } = frame.data ?? {};
    if (clientId) this.outbox.confirm(clientId);
    this.apply(frame);
    if (frame.kind === "contact.left") find("problem").hidden = true;
    if (frame.kind === "message.created" && author === "visitor") this.host.tell("message:sent", { id });
    const message = this.state.messages.find((other) => other.id === id);
    const received = frame.kind !== "message.feedback" && message && message.author !== "visitor";
    if (received && !isUnfinished(message)) this.host.tell("message:received", { id, status: status ?? message.status });
    this.remember();
  }

  /** An unanswerable request: about one message it stands beside that message, else above the composer. */
  refused({ code, detail, client_id: clientId }) {
    const words = detail || text("problem");
    if (clientId) {
      this.outbox.confirm(clientId);
      this.apply({ type: "unsent", clientId, delivery: "failed", reason: words });
    } else if (code === "not_found" && this.connection.status !== "open") {
      // The answer to our hello: the conversation is gone, as after an erasure. Begin afresh, with what waits.
      this.outbox.adopt(null, this.position().conversation);
      this.leave();
      this.queueAgain(null);
    } else {
      this.problem(words);
    }
    this.host.tell("error", { code });
  }

  /** Too many people are asking: the message waits here and is sent again when the server said. */
  busy({ retry_after: seconds, client_id: clientId }) {
    this.status.show({ status: "busy", retryAt: Date.now() + seconds * 1000 });
    clearTimeout(this.busyTimer);
    this.busyTimer = setTimeout(() => this.retry(), seconds * 1000);
    this.announcer.say(text("busy", { seconds }));
    if (!clientId) this.problem(text("problem"));
  }

  /** Tries now what waits for its time: the connection, or the messages that were not taken. */
  retry() {
    clearTimeout(this.busyTimer);
    if (this.connection.status !== "open") {
      this.connection.open();
      return;
    }
    this.status.show(this.connection);
    for (const message of this.outbox.waiting(this.state.id)) this.deliver(message);
  }

  problem(words) {
    const node = find("problem");
    node.textContent = words;
    node.hidden = false;
    this.announcer.say(words);
    clearTimeout(this.problemTimer);
    this.problemTimer = setTimeout(() => (node.hidden = true), PROBLEM_MS);
  }

  /** Asks for what is missing; without a connection the welcome of the next one brings it. */
  resync() {
    this.connection.send({ type: "resync", after: this.state.seq });
  }

  /** Shows what this browser has written in `conversation` and the server has not confirmed. */
  queueAgain(conversation) {
    for (const message of this.outbox.waiting(conversation)) this.apply({ type: "queued", ...message });
  }

  connected(detail) {
    this.status.show(detail);
    if (detail.status !== this.announcedStatus && detail.status !== "connecting" && this.isConnected) {
      this.announcer.say(text(detail.status === "open" ? "connected" : detail.status === "busy" ? "busyNow" : detail.status));
      this.announcedStatus = detail.status;
    }
    if (detail.status === "refused") this.host.tell("error", { code: "refused" });
  }

  send(words) {
    const message = { clientId: newClientId(), text: words, at: new Date().toISOString() };
    const stored = { ...message, conversation: this.state.id };
    this.outbox.add(stored);
    this.apply({ type: "queued", ...message });
    this.scroll.toEnd();
    this.deliver(stored);
    this.tellPage();
  }

  deliver({ clientId, text: words }) {
    this.connection.send({ type: "send", client_id: clientId, text: words });
  }

  stop() {
    const answer = currentAnswer(this.state);
    if (answer) this.connection.send({ type: "stop", message: answer.id });
  }

  act(name, message, value) {
    if (name === "rate") this.connection.send({ type: "feedback", message: message.id, value });
    if (name === "person") this.people.ask(true);
    if (name === "regenerate") this.connection.send({ type: "regenerate", message: message.id });
    if (name === "resend") {
      const again = { clientId: message.clientId, text: message.text, at: message.at, conversation: this.state.id };
      this.outbox.add(again);
      this.apply({ type: "queued", ...again });
      this.deliver(again);
    }
  }

  /** Turns to a new conversation; the old one stays with the company. */
  begin() {
    this.leave();
    this.composer.focus();
  }

  leave() {
    this.storage.remove("conversation");
    this.isConnected = false;
    this.apply({ type: "reset" });
    this.connection.restart();
  }

  /** Whether the loader should open this frame by itself on the next page. */
  remember() {
    this.host.tell("conversation", { exists: this.state.messages.length > 0 });
  }

  command({ type, payload }) {
    if (type === "hello") {
      find("close").hidden = false;
      this.host.tell("ready");
      this.host.tell("unread", { count: this.unread.count });
      this.remember();
    }
    if (Array.isArray(payload.page)) this.host.page = payload.page;
    if ("theme" in payload) setTheme(payload.theme);
    if (type === "open") this.opened();
    if (type === "close") this.count();
    if (type === "prefill") this.composer.prefill(String(payload.text ?? "").slice(0, page.limits.message));
    if (type === "send" && String(payload.text ?? "").trim()) this.send(String(payload.text).trim());
    if (type === "reset") {
      forgetVisitor(this.storage);
      this.composer.prefill("");
      this.leave();
    }
  }

  opened() {
    this.scroll.settle();
    this.count();
    this.focusInside();
  }

  /** On a touch screen the field would call up the keyboard before the visitor has seen anything. */
  focusInside() {
    if (matchMedia("(pointer: coarse)").matches) find("heading").focus({ preventScroll: true });
    else this.composer.focus();
  }
}

new Chat().start();
