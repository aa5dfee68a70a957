/** Elements without markup: whatever text comes here ends as a text node. */

/**
 * Makes an element.
 * @param {string} tag
 * @param {Record<string, string | number | boolean>} [attributes] `true` sets an empty one; `false` and "" set none.
 * @param {...(Node | string)} children Strings become text nodes; empty ones are skipped.
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== "") node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== ""));
  return node;
}

/** The element of index.html with this id. */
export const byID = (id) => document.getElementById(id);

/** `1,234`, in the reader's own way of writing numbers. */
export const count = (value) => value.toLocaleString();

/** `1 passage`, `2 passages`. */
export const counted = (value, noun) =>
  `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

let speaking = 0;

/** Has a screen reader say something once the typing has stopped. */
export function speak(text, delay = 700) {
  clearTimeout(speaking);
  speaking = setTimeout(() => {
    byID("spoken").textContent = text;
  }, delay);
}
