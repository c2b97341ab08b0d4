/** Small constructors for DOM nodes; strings become text nodes, never markup. */

/** An element with attributes and children. An attribute that is null, undefined or false is left out. */
export function element(name, attributes = {}, children = []) {
  const node = document.createElement(name);
  setAttributes(node, attributes);
  node.append(...children);
  return node;
}

export function setAttributes(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
}

/** Replaces the text of `node` only where it differs, so that nothing is drawn for nothing. */
export function setText(node, value) {
  if (node.textContent !== value) node.textContent = value;
}
