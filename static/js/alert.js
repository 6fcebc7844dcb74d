/** The page's one alert region: words for what went wrong and what to do. */

const region = document.getElementById("alert");

/** @param {string} words */
export function say(words) {
  const line = document.createElement("p");
  line.className = "alert alert-error";
  line.textContent = words;
  region.replaceChildren(line);
  region.scrollIntoView({ block: "nearest" });
}

export function hush() {
  region.replaceChildren();
}
