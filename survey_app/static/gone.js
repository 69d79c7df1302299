// A browser keeps pages for its Back button: one with a key sheet empties itself when it is left.
addEventListener("pagehide", function () { document.querySelector("main").replaceChildren(); });
