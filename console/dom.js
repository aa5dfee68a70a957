/** Elements without markup: whatever text comes here ends as a text node. */

/**
 * Makes an element.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes] `true` sets an empty attribute;
 *   `false`, `null` and `undefined` set none.
 * @param {...(Node | string | null | undefined | false)} children Strings become text nodes; empty ones are skipped.
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child != null && child !== false && child !== ""));
  return node;
}

/**
 * The element of index.html with this id.
 * @param {string} id
 * @returns {any}
 */
export const byID = (id) => document.getElementById(id);

/** `1,234`, in the reader's own way of writing numbers. */
export const count = (/** @type {number} */ value) => value.toLocaleString();

/** `1 passage`, `2 passages`. */
export const counted = (/** @type {number} */ value, /** @type {string} */ noun) =>
  `${count(value)} ${noun}${value === 1 ? "" : "s"}`;

let speaking = 0;

/**
 * Has a screen reader say something once the reader has stopped typing.
 * @param {string} text
 * @param {number} [delay] Milliseconds.
 */
export function speak(text, delay = 700) {
  clearTimeout(speaking);
  speaking = window.setTimeout(() => {
    byID("spoken").textContent = text;
  }, delay);
}
