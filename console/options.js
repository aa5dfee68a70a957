/** The row of choices: how to search, where, and how much each leg counts. */

import { byID, counted, element } from "./dom.js";
import { state } from "./state.js";

/** @param {() => void} changed Told after the state has taken over a choice. */
export function startOptions(changed) {
  for (const radio of modes()) {
    radio.addEventListener("change", () => {
      state.mode = radio.value;
      show();
      changed();
    });
  }
  byID("collection").addEventListener("change", () => {
    state.collection = byID("collection").value;
    changed();
  });
  for (const [name, other] of [["words", "meaning"], ["meaning", "words"]]) {
    byID(name).addEventListener("input", () => {
      state[name] = Number(byID(name).value);
      // Nothing for one leg means all for the other; nothing for both means nothing.
      if (state.words + state.meaning === 0) state[other] = 50;
      show();
      changed();
    });
  }
  byID("show-options").addEventListener("click", () => {
    const isOpen = byID("options").classList.toggle("open");
    byID("show-options").setAttribute("aria-expanded", String(isOpen));
  });
}

/** Brings the controls in line with the state. */
export function show() {
  for (const radio of modes()) radio.checked = radio.value === state.mode;
  const sum = state.words + state.meaning;
  for (const name of ["words", "meaning"]) {
    const slider = byID(name);
    const share = `${Math.round((state[name] / sum) * 100)} %`;
    slider.value = state[name];
    slider.disabled = state.mode !== "hybrid";
    slider.setAttribute("aria-valuetext", share);
    byID(`${name}-share`).textContent = state.mode === "hybrid" ? share : "";
  }
  byID("collection").value = state.collection;
}

export function showCollections(collections) {
  const names = collections.map((collection) => collection.name);
  // A link may name one that is gone: it stays in the picker, and the server says what is wrong with it.
  if (state.collection && !names.includes(state.collection)) names.push(state.collection);
  byID("collection").replaceChildren(
    element("option", { value: "" }, "All collections"),
    ...names.map((name) => {
      const known = collections.find((collection) => collection.name === name);
      return element("option", { value: name }, known ? `${name} (${counted(known.documents, "document")})` : name);
    }),
  );
  byID("picker").hidden = names.length < 2;
  byID("collection").value = state.collection;
}

const modes = () => [...document.querySelectorAll("input[name=mode]")];
