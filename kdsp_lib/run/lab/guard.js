// What the headers cannot forbid: a link, a new window or a redirection that leads to another server.
(() => {
  "use strict";
  const isOwn = (address) => {
    try {
      const url = new URL(address, location.href);
      return url.origin === location.origin || url.href === "about:blank";
    } catch {
      return false;
    }
  };
  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  for (const kind of ["click", "auxclick", "dragstart"]) {
    document.addEventListener(
      kind,
      (event) => {
        for (const node of event.composedPath()) {
          const href = node instanceof Element && (node.getAttribute("href") ?? node.getAttribute("xlink:href"));
          if (href && /^a(rea)?$/i.test(node.localName) && !isOwn(href)) stop(event);
        }
      },
      true,
    );
  }
  globalThis.navigation?.addEventListener("navigate", (event) => {
    if (event.cancelable && !isOwn(event.destination.url)) event.preventDefault();
  });
  const open = window.open;
  window.open = (address, ...rest) => (isOwn(address || "about:blank") ? open.call(window, address, ...rest) : null);
})();
