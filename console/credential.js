/**
 * The key of this tab. A link carries it behind `#`, which browsers never send to a server; from there it goes into the
 * tab's session storage, and out of the address bar before anything else happens.
 */

const PLACE = "carrel.key";

export const key = () => sessionStorage.getItem(PLACE);

export const keep = (value) => sessionStorage.setItem(PLACE, value);

export const forget = () => sessionStorage.removeItem(PLACE);

/** Takes the key out of the address, and says whether there was one. */
export function takeFromAddress() {
  const fields = new URLSearchParams(location.hash.slice(1));
  const found = fields.get("key");
  if (found === null) return false;
  fields.delete("key");
  const rest = fields.toString();
  history.replaceState(null, "", location.pathname + location.search + (rest ? `#${rest}` : ""));
  const cleaned = clean(found);
  if (cleaned) keep(cleaned);
  return true;
}

/** What a person pasted, as a key: without blanks and the word `Bearer`; nothing if it cannot be a key at all. */
export function clean(text) {
  const value = text.trim().replace(/^bearer\s+/i, "");
  return /^[\x21-\x7e]+$/.test(value) ? value : null;
}
