/**
 * The playground: sends the question, shows the answer while it is written, and stops it.
 *
 * Texts of the model are shown as text only.
 */

class Playground {
  constructor(form) {
    this.form = form;
    for (const name of ["ask", "stop", "state", "errors", "answer", "sources", "figures", "save", "saved"]) {
      this[name] = form.querySelector(`[data-${name}]`);
    }
    this.list = form.querySelector("[data-models-list]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.asking) this.send();
    });
    this.stop.addEventListener("click", () => this.asking?.abort());
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

  post(address, signal) {
    const token = this.form.querySelector("[name=csrfmiddlewaretoken]").value;
    return fetch(address, { method: "POST", body: new FormData(this.form), headers: { "X-CSRFToken": token }, signal });
  }

  async send() {
    this.asking = new AbortController();
    this.begin();
    let words = this.form.dataset.lost;
    try {
      const response = await this.post(this.form.action, this.asking.signal);
      if (response.status === 400) {
        this.complain((await response.json()).errors);
        words = this.form.dataset.wrong;
      } else if (response.ok) {
        for await (const event of eventsOf(response.body)) words = this.received(event) ?? words;
      }
    } catch (error) {
      words = error.name === "AbortError" ? this.form.dataset.stopped : words;
    }
    this.end(words);
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

  /** Returns the words of the end, when this is one. */
  received(event) {
    if (event.type === "delta") {
      const { text } = event;
      this.answer.textContent += this.answer.textContent ? text : text.trimStart();
      return undefined;
    }
    if (event.type === "error") return event.detail;
    this.sources.replaceChildren(...event.sources.map((source) => {
      const item = document.createElement("li");
      item.textContent = source.title || source.url || "";
      return item;
    }));
    this.sources.hidden = !event.sources.length;
    for (const figure of this.figures.querySelectorAll("[data-figure]")) {
      const value = event[figure.dataset.figure] ?? "";
      figure.textContent = value === "" ? "–" : `${value}${figure.dataset.unit ?? ""}`;
    }
    this.figures.hidden = false;
    return this.form.dataset.done;
  }

  end(words) {
    const hadFocus = document.activeElement === this.stop;
    this.asking = null;
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

/** Yields the events of a stream; it ends when the stream does. */
async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) return;
    rest += value;
    const events = rest.split("\n\n");
    rest = events.pop();
    for (const event of events) if (event.startsWith("data: ")) yield JSON.parse(event.slice(6));
  }
}

const form = document.querySelector("#playground");
if (form) new Playground(form);
