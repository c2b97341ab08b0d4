// The link's code stands behind the #, which no server sees. It goes into the form, and out of the address.
const code = window.location.hash.slice(1);
if (code) {
  const form = document.getElementById("invitation");
  window.history.replaceState(null, "", window.location.pathname);
  form.elements.code.value = code;
  form.submit();
}
