/** Sends forms without leaving the page. Without this script they are sent as forms are. */

/** Sends the form and returns what the server says; throws an Error with the words to show and its `status`. */
export async function post(form, data = new FormData(form)) {
  const response = await fetch(form.action, {
    method: "POST",
    body: data,
    headers: { Accept: "application/json" },
    redirect: "error",
  });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return answer;
  throw Object.assign(new Error(answer.detail ?? ""), { status: response.status, code: answer.code });
}

/** Lets every form with `data-act` in `root` be sent from here; `done(form)` is called after each that worked. */
export function takeForms(root, banner, done) {
  root.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-act]");
    if (!form) return;
    event.preventDefault();
    const buttons = form.querySelectorAll("button");
    const data = new FormData(form);
    for (const button of buttons) button.disabled = true;
    try {
      banner.say((await post(form, data)).detail);
      if ("clear" in form.dataset) form.reset();
      // What was asked is done: its field need not be kept from being brought up to date.
      if (form.contains(document.activeElement)) document.activeElement.blur();
      form.closest("details")?.removeAttribute("open");
    } catch (error) {
      banner.fail(error.message && error.status ? error.message : "");
    } finally {
      for (const button of buttons) button.disabled = false;
    }
    done(form);
  });
  root.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-on-change]");
    if (form) form.requestSubmit();
  });
}
