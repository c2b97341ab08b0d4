// Says so when a passkey was not used: the person closed the browser's question, or has no fitting key.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-problem").hidden = false;
});
