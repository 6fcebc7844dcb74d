/** The drawing on its way to the server: this tab keeps it until it has arrived. */

const KEY = "digitsite.sketch";

/** @typedef {import("./sketch.js").Sketch} Sketch */
/** @typedef {import("./sketch.js").Stroke} Stroke */

/** @param {Sketch} sketch */
export function keep(sketch) {
  write(JSON.stringify({ path: location.pathname, strokes: sketch }));
}

/** @returns {Stroke[] | null} */
export function kept() {
  return read()?.strokes ?? null;
}

export function forgetKept() {
  write(null);
}

/**
 * For the page that a save leads to. It is opened from the history as well, and then
 * says nothing about a drawing that still waits.
 */
export function forgetArrived() {
  const from = document.referrer;
  // Some browsers are told never to say where they come from.
  if (!from || new URL(from).pathname === read()?.path) forgetKept();
}

// Storage may be full or forbidden. Then there is no second copy of the drawing, which
// is no reason to refuse the first.

/** @returns {{path: string, strokes: Stroke[]} | null} */
function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}

/** @param {string | null} text */
function write(text) {
  try {
    if (text === null) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, text);
  } catch {
    // As above.
  }
}
