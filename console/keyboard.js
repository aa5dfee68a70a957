/** Keys: `/` to the box, arrows through the hits, Enter opens, Escape goes back. */

import { byID } from "./dom.js";
import { goToPassage } from "./document.js";
import { links, rove } from "./results.js";

/**
 * @param {{back: () => void, searchNow: () => boolean, clear: () => void}} actions `searchNow` says whether the list
 *   already answers what stands in the box.
 */
export function startKeyboard({ back, searchNow, clear }) {
  const box = byID("query");

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const isTyping = target.matches("input:not([type=range], [type=radio]), select, textarea");
    if (event.key === "/" && !isTyping && !byID("search").hidden) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "Escape" && !byID("document").hidden) {
      event.preventDefault();
      back();
    } else if (event.key === "p" && !isTyping && !byID("document").hidden) {
      goToPassage();
    } else if (event.key === "Escape" && target !== box && !byID("finder").hidden) {
      box.focus();
    }
  });

  box.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" && !byID("finder").hidden && links().length) {
      event.preventDefault();
      go(0);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (searchNow() && links().length) go(0);
    } else if (event.key === "Escape" && byID("document").hidden && box.value) {
      event.preventDefault();
      event.stopPropagation();
      clear();
    }
  });

  byID("hits").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const all = links();
    const at = all.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    const step = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (at < 0 || step === undefined) return;
    event.preventDefault();
    if (step < 0) box.focus();
    else if (step < all.length) go(step);
    else if (!byID("more").hidden) byID("more").focus();
  });
  byID("hits").addEventListener("focusin", (/** @type {FocusEvent} */ event) => {
    if (event.target instanceof HTMLAnchorElement) rove(event.target);
  });
  byID("more").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "ArrowUp") return;
    event.preventDefault();
    go(links().length - 1);
  });
}

/** Moves to a hit, which then is in sight as a whole. */
function go(/** @type {number} */ index) {
  const link = links()[index];
  link?.focus({ preventScroll: true });
  link?.closest("li")?.scrollIntoView({ block: "nearest" });
}
