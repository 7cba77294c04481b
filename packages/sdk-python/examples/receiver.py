import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from nexivohr.webhooks import WebhookVerificationError, verify


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = verify(body, dict(self.headers), os.environ["WEBHOOK_SECRET"])
            print(event["type"], event["data"]["object"]["id"], flush=True)
            self.send_response(204)
        except WebhookVerificationError:
            self.send_response(401)
        self.end_headers()


HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "4000"))), Receiver).serve_forever()
