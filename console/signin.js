/** The form for a key, and the way out. */

import { collections } from "./api.js";
import { clean, keep } from "./credential.js";
import { byID, element } from "./dom.js";
import { TOKEN_COMMAND, explain } from "./messages.js";

/** @param {() => void} entered Told when a key was accepted and kept. */
export function startSignIn(entered) {
  byID("signin-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const value = clean(byID("key").value);
    if (!value) {
      say({ title: "That is no key", text: "A key is one long word of letters, digits, dots and dashes, without blanks." });
      return;
    }
    byID("enter").disabled = true;
    try {
      await collections(value);
      keep(value);
      byID("key").value = "";
      entered();
    } catch (problem) {
      say(explain(problem));
    } finally {
      byID("enter").disabled = false;
    }
  });
}

/** @param {import("./messages.js").Message} [message] Why one has to sign in again. */
export function showSignIn(message) {
  if (message) say(message);
  else {
    byID("signin-problem").replaceChildren();
    byID("key").removeAttribute("aria-invalid");
    byID("how").replaceChildren("Whoever runs this server makes one with ", element("code", {}, TOKEN_COMMAND));
  }
  byID("key").focus();
}

function say({ title, text, command }) {
  byID("signin-problem").replaceChildren(element("strong", {}, title), element("p", {}, text, " ", command ? element("code", {}, command) : ""));
  byID("how").replaceChildren();
  byID("key").setAttribute("aria-invalid", "true");
  byID("key").focus();
  byID("key").select();
}
