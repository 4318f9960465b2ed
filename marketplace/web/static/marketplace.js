// Nothing needs this file: it only turns the hidden print button on and ticks the countdowns that the server printed.
"use strict";
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
