// Around the terminal of textual-serve: where its websocket is, what is said when that ends, and a
// clipboard for pages that browsers do not trust with theirs (http:// beyond this machine).
"use strict";

(() => {
  const LOST = 1006;

  class Socket extends WebSocket {
    constructor(url) {
      super(url);
      this.addEventListener("close", (event) => {
        const lost = "The connection to dbtree is lost. Its window is closed; a run continues.";
        showEnd(event.code === LOST ? lost : event.reason || "The window is closed.");
      });
      this.addEventListener("message", focusOnce, { once: true });
    }

    // Keys that are pressed after the end go nowhere.
    send(data) {
      if (this.readyState === WebSocket.OPEN) {
        super.send(data);
      }
    }
  }

  function showEnd(words) {
    document.getElementById("why").textContent = words;
    document.getElementById("end").hidden = false;
    document.getElementById("again").focus();
  }

  function focusOnce() {
    document.querySelector(".xterm-helper-textarea")?.focus();
  }

  // Without https:// there is no navigator.clipboard beyond this machine.
  function copy(text) {
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    focusOnce();
    return Promise.resolve();
  }

  window.WebSocket = Socket;
  if (!navigator.clipboard) {
    Object.defineProperty(navigator, "clipboard", {
      value: { writeText: copy, readText: () => Promise.resolve("") },
    });
  }

  document.addEventListener("DOMContentLoaded", () => {
    const here = new URL("socket", location.href);
    here.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    here.search = here.hash = "";
    document.getElementById("terminal").dataset.sessionWebsocketUrl = here.href;
    document.getElementById("again").addEventListener("click", () => location.reload());
  });
})();
