#!/usr/bin/env python3
"""Takes what Alertmanager sends and prints what is new in it, a line for each alert: the demo's pagers and tickets.

    deploy/demo/notifications.py [ADDRESS:PORT]          (default 127.0.0.1:9099)

The path of a request is the receiver's name, as in the addresses of deploy/alertmanager/alertmanager.yaml.
"""

import http.server
import json
import signal
import sys

SAID_ELSEWHERE = ("alertname", "severity", "component")


def about(receiver: str, alert: dict) -> str:
    """To whom and what, for a person to read."""
    labels = alert["labels"]
    rest = " ".join(f"{name}={value}" for name, value in sorted(labels.items()) if name not in SAID_ELSEWHERE)
    return f"{receiver}: {labels.get('severity', '')} {labels['alertname']} {rest}"


class Receiver(http.server.BaseHTTPRequestHandler):
    """Answers a notification with 200, any other request with its error."""

    said: dict[str, str] = {}

    def do_POST(self) -> None:
        """Prints the alerts of one notification. It names all of its group, also those that were named before."""
        try:
            alerts = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["alerts"]
            lines = {about(self.path.strip("/"), alert): alert["status"].upper() for alert in alerts}
        except (KeyError, TypeError, ValueError) as error:
            self.send_error(400, f"no notification: {error!r}")
            return
        for text, status in lines.items():
            if self.said.get(text) != status:
                print(f"{status:8}  {text}", flush=True)
        self.said.update(lines)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        """Tells a health check that it works."""
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_) -> None:
        """Requests are no news."""


def main() -> None:
    """Serves until it is told to end."""
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9099").rpartition(":")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        http.server.ThreadingHTTPServer((host, int(port)), Receiver).serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
