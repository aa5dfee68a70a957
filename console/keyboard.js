/** Keys: `/` to the box, arrows through the hits, Enter opens, Escape goes back. */

import { byID } from "./dom.js";
import { goToPassage } from "./document.js";
import { links, rove } from "./results.js";

/** @param actions What keys do; `searchNow` says whether that was done already. */
export function startKeyboard({ back, searchNow, clear }) {
  const box = byID("query");

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const isTyping = event.target.matches("input:not([type=range], [type=radio]), select, textarea");
    if (event.key === "/" && !isTyping && !byID("search").hidden) {
      event.preventDefault();
      box.focus();
      box.select();
    } else if (event.key === "Escape" && !byID("document").hidden) {
      event.preventDefault();
      back();
    } else if (event.key === "p" && !isTyping && !byID("document").hidden) {
      goToPassage();
    } else if (event.key === "Escape" && event.target !== box && !byID("finder").hidden) {
      box.focus();
    }
  });

  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" && !byID("finder").hidden && links().length) {
      event.preventDefault();
      go(0);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (searchNow() && links().length) go(0);
    } else if (event.key === "Escape" && byID("document").hidden && box.value) {
      event.preventDefault();
      clear();
    }
  });

  byID("finder").addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const last = links().length - 1;
    const at = event.target === byID("more") ? last + 1 : links().indexOf(event.target);
    const step = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last }[event.key];
    if (at < 0 || step === undefined) return;
    event.preventDefault();
    if (step < 0) box.focus();
    else if (step <= last) go(step);
    else byID("more").focus();
  });
  byID("hits").addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLAnchorElement) rove(event.target);
  });
}

/** Moves to a hit and shows it whole. */
function go(index) {
  const link = links()[index];
  link?.focus({ preventScroll: true });
  link?.closest("li")?.scrollIntoView({ block: "nearest" });
}
