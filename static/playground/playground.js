/**
 * The playground: sends the question, shows the answer while it is written, and stops it.
 *
 * Texts of the model are shown as text only.
 */

import { AnswerStream } from "../operators/workbench/stream.js";

class Playground {
  constructor(form) {
    this.form = form;
    this.stream = new AnswerStream();
    for (const name of ["ask", "stop", "state", "errors", "answer", "sources", "figures", "save", "saved"]) {
      this[name] = form.querySelector(`[data-${name}]`);
    }
    this.list = form.querySelector("[data-models-list]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.stream.current) this.send();
    });
    this.stop.addEventListener("click", () => {
      this.stream.stop();
      this.end(form.dataset.stopped);
    });
    this.save.addEventListener("click", () => this.saveCase());
    form.querySelector("#playground-question").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    this.nameModels();
  }

  async nameModels() {
    try {
      const { models } = await (await fetch(this.form.dataset.models)).json();
      this.list.append(...models.map((name) => new Option(name, name)));
    } catch {
      // The model in use can be asked all the same.
    }
  }

  post(address) {
    const token = this.form.querySelector("[name=csrfmiddlewaretoken]").value;
    return fetch(address, { method: "POST", body: new FormData(this.form), headers: { "X-CSRFToken": token } });
  }

  send() {
    const words = this.form.dataset;
    const taken = this.stream.ask("play", Object.fromEntries(new FormData(this.form)), {
      delta: (text) => this.answer.append(text),
      done: (frame) => this.finish(frame),
      failed: (detail, { errors }) => {
        this.complain(errors ?? {});
        this.end(errors ? words.wrong : detail);
      },
      lost: () => this.end(words.lost),
    });
    if (taken) this.begin();
    else this.state.textContent = words.lost;
  }

  begin() {
    this.complain({});
    this.answer.textContent = "";
    this.answer.setAttribute("aria-busy", "true");
    this.sources.hidden = this.figures.hidden = true;
    this.state.textContent = this.form.dataset.writing;
    this.ask.setAttribute("aria-disabled", "true");
    this.stop.hidden = false;
  }

  finish(frame) {
    this.answer.textContent = frame.text;
    this.sources.replaceChildren(...frame.sources.map((source) => {
      const item = document.createElement("li");
      item.textContent = source.title || source.url || "";
      return item;
    }));
    this.sources.hidden = !frame.sources.length;
    for (const figure of this.figures.querySelectorAll("[data-figure]")) {
      const value = frame[figure.dataset.figure] ?? "";
      figure.textContent = value === "" ? "–" : `${value}${figure.dataset.unit ?? ""}`;
    }
    this.figures.hidden = false;
    this.end(this.form.dataset.done);
  }

  end(words) {
    const hadFocus = document.activeElement === this.stop;
    this.state.textContent = words;
    this.answer.removeAttribute("aria-busy");
    this.ask.removeAttribute("aria-disabled");
    this.stop.hidden = true;
    if (hadFocus) this.ask.focus();
  }

  async saveCase() {
    this.saved.textContent = "";
    try {
      const response = await this.post(this.form.dataset.case);
      const answer = await response.json();
      this.complain(answer.errors ?? {});
      this.saved.textContent = answer.detail ?? Object.values(answer.errors ?? {}).flat().join("\n");
      if (answer.page) {
        const link = document.createElement("a");
        link.href = answer.page;
        link.className = "prompt-link";
        link.textContent = this.form.dataset.showCase;
        this.saved.append(" ", link);
      }
    } catch {
      this.saved.textContent = this.form.dataset.lost;
    }
  }

  complain(errors) {
    for (const field of this.form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    for (const name of Object.keys(errors)) {
      this.form.querySelector(`[name="${name}"]`)?.setAttribute("aria-invalid", "true");
    }
    this.errors.textContent = Object.values(errors).flat().join("\n");
  }
}

const form = document.querySelector("#playground");
if (form) new Playground(form);
