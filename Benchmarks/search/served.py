"""A server with an index, for the measurements beside it."""

import http.client
import json
import re
import subprocess
import sys


class Searches:
    """Calling it searches."""

    def __init__(self, binary, *place):
        self.command = [binary, "serve", "--port", "0", "--drain-delay", "0", *place]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r"listening on http://\S+:(\d+)", line):
                break
        else:
            sys.exit("the server did not start")
        # What it logs from here on is not read: it drops what nobody takes.
        self.connection = http.client.HTTPConnection("127.0.0.1", int(found.group(1)), timeout=60)
        return self

    def __call__(self, body):
        self.connection.request("POST", "/v1/search", json.dumps(body), {"content-type": "application/json"})
        response = self.connection.getresponse()
        text = response.read()
        if response.status != 200:
            sys.exit(f"{response.status}: {text.decode()}")
        return json.loads(text)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()
