/** The shop's own script: a basket that only counts, and buttons that ask the chat. */

window.parley ||= function (...command) {
  (window.parley.q ||= []).push(command);
  return () => (command.undo ? command.undo() : command.splice(0));
};

const count = document.querySelector("[data-basket]");
const said = document.querySelector("[data-said]");

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.add) {
    count.textContent = Number(count.textContent) + 1;
    said.textContent = said.dataset.template.replace("{name}", button.dataset.add);
  }
  if ("ask" in button.dataset) {
    window.parley("open");
    if (button.dataset.ask) window.parley("prefill", button.dataset.ask);
  }
});
