/** A new token: one press copies it. Without scripts it is selected and copied by hand. */

const secret = document.getElementById("secret");
const button = document.getElementById("secret-copy");
const said = document.getElementById("secret-said");

async function copy() {
  secret.select();
  try {
    // Browsers have it only under HTTPS and on this very machine.
    await navigator.clipboard.writeText(secret.value);
    said.textContent = "Copied. Keep it as you would a password.";
  } catch {
    said.textContent = "It is selected: copy it with Ctrl+C, or by holding your finger on it.";
  }
}

button.addEventListener("click", copy);
secret.addEventListener("focus", () => secret.select());
button.hidden = false;
