/** Keys for labelling, while nobody writes in a field. Without this script the buttons do the same. */

const form = document.querySelector("[data-label-form]");

if (form) {
  const sentiment = form.querySelector("[name=sentiment]");
  const labels = { 0: "", 1: "negative", 2: "neutral", 3: "positive" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const key = event.key.toLowerCase();
    if (key in labels) sentiment.value = labels[key];
    else form.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
  });
  // Whoever changes a text means to edit it: Enter in a field would say “Accept” else.
  form.addEventListener("input", (event) => {
    if (event.target.matches(".label-text")) form.querySelector("[value=edit]").classList.remove("parley-plain");
  });
}
