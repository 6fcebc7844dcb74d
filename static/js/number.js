/** The result page of a number: what an address names is opened, and seen. */

function open() {
  const named = document.getElementById(location.hash.slice(1));
  const digit = named?.closest("details.digit");
  if (!digit || digit.open) return;
  digit.open = true;
  named.scrollIntoView();
}

window.addEventListener("hashchange", open);
open();
