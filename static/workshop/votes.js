/** Keys 1 to 4 choose, while nobody writes and no other key is held. */

const buttons = document.querySelectorAll("[data-vote] [data-key]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input:not([type=hidden]), textarea, select, [contenteditable]")) return;
  const button = [...buttons].find((one) => one.dataset.key === event.key);
  if (!button) return;
  event.preventDefault();
  button.click();
});
