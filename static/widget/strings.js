/** The page's data and its translated texts, written by the server as JSON that no browser executes. */

export const page = JSON.parse(document.getElementById("page-data").textContent);

/** The text called `name` in the page's language, with `{placeholders}` filled from `values`. */
export function text(name, values = {}) {
  const template = page.strings[name];
  if (template === undefined) throw new Error(`No text is called "${name}".`);
  return template.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}
