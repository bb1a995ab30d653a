"""A page of another site, as an attacker sets it up: served on another port, and what it tries."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import Page, Response

FOREIGN_NAME = "foreign.example"  # the browser takes both names for 127.0.0.1
REBOUND_NAME = "rebound.example"

# Each way by which a page reaches another server without asking it first. Resolves once all have ended.
ATTACKS = """
async ([address, paths, form]) => {
  const ended = [];
  const waiting = (element, put) => ended.push(new Promise(resolve => {
    element.onload = element.onerror = resolve;
    setTimeout(resolve, 5000);
    put(element);
  }));
  for (const path of paths) {
    const url = address + path;
    for (const mode of ['no-cors', 'cors']) {
      ended.push(fetch(url, {mode, credentials: 'include'}).then(r => r.text()).catch(() => null));
      ended.push(fetch(url, {mode, method: 'POST', credentials: 'include', body: form}).catch(() => null));
    }
    ended.push(fetch(url, {method: 'POST', body: form, headers: {'Content-Type': 'application/json'}}).catch(() => 0));
    for (const tag of ['img', 'script', 'iframe', 'embed', 'object']) {
      const [element, key] = [document.createElement(tag), tag === 'object' ? 'data' : 'src'];
      waiting(element, () => { element[key] = url; document.body.append(element); });
    }
    for (const kind of ['text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded']) {
      const frame = document.createElement('iframe');
      frame.name = 'into' + Math.random();
      document.body.append(frame);
      const sent = document.createElement('form');
      Object.assign(sent, {method: 'POST', action: url, enctype: kind, target: frame.name});
      const field = document.createElement('input');
      Object.assign(field, {name: form.split('=')[0], value: form.split('=').slice(1).join('=')});
      sent.append(field);
      document.body.append(sent);
      waiting(frame, () => sent.submit());
    }
  }
  await Promise.all(ended);
}
"""
SOCKET = """
([address, protocol]) => new Promise(resolve => {
  const socket = new WebSocket(address, protocol);
  socket.onopen = () => resolve('open');
  socket.onerror = socket.onclose = () => resolve('refused');
})
"""
FRAMED = """
(path) => new Promise(resolve => {
  const frame = document.createElement('iframe');
  frame.onload = () => resolve(frame.contentDocument !== null);
  frame.src = path;
  document.body.append(frame);
})
"""


@contextmanager
def foreign_site() -> Iterator[int]:
    """The port of a server with an empty page."""

    class Empty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<!doctype html><title>foreign</title><body></body>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


def attack(page: Page, address: str, paths: list[str], form: str) -> list[Response]:
    """What the server at `address` answers to all that the open page tries."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer) if answer.url.startswith(address) else None)
    page.evaluate(ATTACKS, [address, paths, form])
    page.wait_for_timeout(1000)
    return answers
