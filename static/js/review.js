/** The review page by keyboard: each key presses one of the page's own buttons. */

const OTHER_KEYS = {
  x: "button[name=label][value='10']",
  " ": "button[data-read]",
  z: "#review-undo",
  ArrowLeft: "#review-back",
  ArrowRight: "#review-on",
};
// Here keys have a meaning of their own, and space presses what has the focus.
const TYPING = "input, textarea, select, [contenteditable]";
const PRESSABLE = "a, button, summary";

let isLeaving = false;

/** @param {string} key */
function selectorOf(key) {
  if (/^[0-9]$/.test(key)) return `button[name=label][value='${key}']`;
  return OTHER_KEYS[key.length === 1 ? key.toLowerCase() : key];
}

/** @param {KeyboardEvent} event */
function isForOthers(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  if (event.target.closest(TYPING)) return true;
  return event.key === " " && event.target.closest(PRESSABLE) !== null;
}

/** @param {KeyboardEvent} event */
function press(event) {
  if (isForOthers(event)) return;
  const selector = selectorOf(event.key);
  const button = selector && document.querySelector(selector);
  if (!button) return;
  event.preventDefault(); // Space would scroll the page.
  // A key held down, or pressed while the next page comes, is about this digit only.
  if (event.repeat || isLeaving) return;
  isLeaving = true;
  button.click();
}

document.addEventListener("keydown", press);
// The page may come back from the browser's memory, as it was left.
window.addEventListener("pageshow", () => (isLeaving = false));

const help = document.getElementById("review-keys");
if (help) help.hidden = false;
