/** Single keys that do something while nobody writes, and the sheet that explains them. */

/** `keys` maps a key to what it does; a function that returns false leaves the key to the browser. */
export function listenToKeys(keys) {
  const sheet = document.querySelector("[data-help-sheet]");
  const all = { ...keys, "?": () => sheet.showModal() };
  for (const button of document.querySelectorAll("[data-help]")) {
    button.hidden = false;
    button.addEventListener("click", () => sheet.showModal());
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || sheet.open) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const act = all[event.key];
    if (act && act(event) !== false) event.preventDefault();
  });
}
