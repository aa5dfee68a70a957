/** What went wrong, in words, and what can be done about it. */

/**
 * @typedef {{title: string, text: string, command?: string, signIn?: boolean, again?: boolean, seconds?: number}} Message
 *   `command` is for a terminal of the machine that serves; another key helps, or trying again, after so many seconds.
 */

/** A command that makes a key. */
export const TOKEN_COMMAND = "carrel apikey create --tenant NAME --user YOU";

/** Codes that need words of their own: the server's, and this page's where no server answered. */
const KNOWN = {
  unreachable: {
    title: "The server does not answer",
    text: "It may have been stopped, or the network is down. This page keeps trying.",
  },
  no_answer_in_time: { title: "No answer in time", text: "The server is there but took too long." },
  not_carrel: {
    title: "That was no answer of Carrel",
    text: "Something in between answered in its place: a proxy, or a sign-in page of the network.",
  },
  rate_limit_exceeded: {
    title: "Too many searches for now",
    text: "Your tenant may make only so many a minute. From now on this page searches when you press Enter.",
  },
  too_many_refused_credentials: {
    title: "Too many wrong keys",
    text: "This address sent too many keys that are not valid.",
    signIn: true,
  },
  tenant_suspended: {
    title: "This tenant is suspended",
    text: "Its documents are still there; the operator can resume it.",
    signIn: true,
  },
  insufficient_scope: {
    title: "This key may not search",
    text: "Ask for one with the scope “search”:",
    command: TOKEN_COMMAND,
    signIn: true,
    again: false,
  },
  document_not_found: {
    title: "This document is gone",
    text: "It was deleted after it was found, or the link to it is old. Go back and search again.",
    again: false,
  },
};

/**
 * @param {import("./api.js").Problem} problem
 * @returns {Message}
 */
export function explain({ status, code, message, retryAfter, requestID }) {
  const known = KNOWN[code];
  if (known) return { again: true, seconds: retryAfter, ...known };
  const detail = message ? `${message[0].toUpperCase()}${message.slice(1)}.` : "";
  if (status === 401) {
    return {
      title: "This key is not accepted",
      text: `${detail} Ask whoever runs this server for a new one; they make it with:`,
      command: TOKEN_COMMAND,
    };
  }
  if (code === "unknown_collection") return { title: "This collection is gone", text: detail };
  if (status === 503) return { title: "The server is busy", text: detail, again: true, seconds: retryAfter ?? 3 };
  return {
    title: status < 500 ? "The server refused this" : "Something broke on the server",
    text: `${detail} Its log knows this call as ${requestID ?? "one without a name"}.`,
    again: true,
  };
}
