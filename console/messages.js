/** What went wrong, in words, and what can be done about it. */

/**
 * @typedef {object} Message
 * @property {string} title
 * @property {string} text
 * @property {string} [command] For a terminal of the machine that serves.
 * @property {boolean} [signIn] Another key is what helps.
 * @property {boolean} [again] Trying again may help.
 * @property {number} [seconds] When trying again may help.
 */

/** A command that makes a key. */
export const TOKEN_COMMAND = "carrel token issue --tenant NAME --user YOU";

/**
 * @param {import("./api.js").Problem} problem
 * @returns {Message}
 */
export function explain(problem) {
  const { status, code, message: detail, retryAfter } = problem;
  const reference = problem.requestID ? ` Its log knows this call as ${problem.requestID}.` : "";
  if (code === "unreachable") {
    return {
      title: "The server does not answer",
      text: "It may have been stopped, or the network is down. This page keeps trying.",
      again: true,
    };
  }
  if (code === "no_answer_in_time") {
    return { title: "No answer in time", text: "The server is there but took too long.", again: true };
  }
  if (code === "not_carrel") {
    return {
      title: "That was no answer of Carrel",
      text: "Something between this page and the server answered in its place: a proxy or a sign-in page.",
      again: true,
    };
  }
  if (code === "rate_limit_exceeded" || code === "too_many_refused_credentials") {
    const refused = code === "too_many_refused_credentials";
    return {
      title: refused ? "Too many wrong keys" : "Too many searches for now",
      text: refused
        ? "This address sent too many keys that are not valid."
        : "Your tenant may make only so many searches a minute. From now on this page searches when you press Enter.",
      seconds: retryAfter ?? 10,
      again: true,
      signIn: refused,
    };
  }
  if (status === 401) {
    return {
      title: "This key is not accepted",
      text: `${sentence(detail)} Ask whoever runs this server for a new one; they make it with:`,
      command: TOKEN_COMMAND,
      signIn: true,
    };
  }
  if (code === "tenant_suspended") {
    return {
      title: "This tenant is suspended",
      text: `${sentence(detail)} Its documents are still there; ask the operator to resume it.`,
      again: true,
      signIn: true,
    };
  }
  if (code === "insufficient_scope") {
    return {
      title: "This key may not search",
      text: `${sentence(detail)} Ask for a key that has it:`,
      command: TOKEN_COMMAND,
      signIn: true,
    };
  }
  if (code === "unknown_collection") {
    return { title: "This collection is gone", text: `${sentence(detail)} Choose another above.` };
  }
  if (code === "document_not_found") {
    return {
      title: "This document is gone",
      text: "It was deleted after it was found, or the link to it is old. Go back and search again.",
    };
  }
  if (status === 503) {
    return { title: "The server is busy", text: sentence(detail), seconds: retryAfter ?? 3, again: true };
  }
  if (status === 504) return { title: "That took too long", text: sentence(detail), again: true };
  if (status >= 500) {
    return { title: "Something broke on the server", text: `${sentence(detail)}${reference}`, again: true };
  }
  return { title: "The server refused this", text: `${sentence(detail)}${reference}`, again: true };
}

/** With a capital at its start and a full stop at its end. */
function sentence(/** @type {string} */ text) {
  if (!text) return "";
  const end = /[.!?…]$/.test(text) ? "" : ".";
  return text[0].toUpperCase() + text.slice(1) + end;
}
