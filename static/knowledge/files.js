// Tells of a file that is too large when it is chosen, instead of after minutes of sending it.
function tooLarge(input) {
  const most = Number(input.dataset.maxBytes);
  return most ? [...input.files].filter((file) => file.size > most) : [];
}

function check(input) {
  const files = tooLarge(input);
  const names = files.map((file) => file.name).join(", ");
  input.setCustomValidity(files.length ? input.dataset.tooLarge + names : "");
  input.reportValidity();
}

// Unfold would look for a text field beside each file input, so that it is not told of this one.
document.addEventListener(
  "change",
  (event) => {
    if (event.target instanceof HTMLInputElement && event.target.matches(".parley-files")) {
      event.stopPropagation();
      check(event.target);
    }
  },
  true,
);

// Unfold's forms are not checked by the browser; this one is stopped, the file would be sent for nothing.
document.addEventListener("submit", (event) => {
  const input = event.target.querySelector(".parley-files");
  if (input && tooLarge(input).length) {
    event.preventDefault();
    check(input);
  }
});
