// A browser starts no worker from a file. The search of these pages needs one, so where they are read from a folder its
// script runs in a hidden frame instead, with what it would find in a worker.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      this.ready = new Promise((ready) => (frame.onload = ready))
      document.body.append(frame)
      this.scope = frame.contentWindow
      this.heard = ({ source, data }) => {
        if (source !== this.scope) return
        const message = new MessageEvent("message", { data })
        this.dispatchEvent(message)
        this.onmessage?.(message)
      }
      addEventListener("message", this.heard)
      this.scope.document.open()
      this.scope.document.write(
        `<script>postMessage = (data) => parent.postMessage(data, "*")</script><script src="${url}"></script>`
      )
      this.scope.document.close()
    }

    postMessage(data) {
      this.ready.then(() => {
        const message = new MessageEvent("message", { data })
        this.scope.dispatchEvent(message)
        this.scope.onmessage?.(message)
      })
    }

    terminate() {
      removeEventListener("message", this.heard)
      this.scope.frameElement.remove()
    }
  }
}
