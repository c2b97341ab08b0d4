// Shows a prompt as the model reads it while it is written; without scripts the page shows the one stored.
document.addEventListener("DOMContentLoaded", () => {
  const panel = document.querySelector("[data-preview]");
  const field = document.querySelector("#id_text");
  if (!panel || !field) return;
  const text = panel.querySelector("[data-text]");
  const errors = panel.querySelector("[data-errors]");
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  let timer = null;
  let asked = 0;

  async function show() {
    const number = ++asked;
    const body = new FormData();
    body.set("text", field.value);
    body.set("site", panel.dataset.site ?? document.querySelector("#id_site")?.value ?? "");
    let answer = null;
    try {
      const response = await fetch(panel.dataset.preview, { method: "POST", body, headers: { "X-CSRFToken": token } });
      answer = response.ok ? await response.json() : null;
    } catch {
      answer = null;
    }
    if (number !== asked) return;
    const words = answer ? (answer.errors ?? []).join("\n") : panel.dataset.lost;
    if (errors.textContent !== words) errors.textContent = words;
    if (answer?.text !== undefined) text.textContent = answer.text;
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 400);
  });
  if (!text.textContent) show();
});
