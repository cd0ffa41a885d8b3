#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Talks to a language server: opens a good and a bad module and prints its diagnostics."""
import json
import subprocess
import sys

GOOD = """oqat.space @space {
  oqat.choice @d_0 key "d" index 0 values [1, 2]
}
"""
BAD = """oqat.space @space {
  oqat.choice @d_0 key "d" index 0 values [2, 1]
}
"""


class Server:
    def __init__(self, command):
        self.process = subprocess.Popen([command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.next = 0

    def send(self, method, params, reply=False):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if reply:
            self.next += 1
            message["id"] = self.next
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()
        return self.receive(lambda m: m.get("id") == self.next) if reply else None

    def receive(self, wanted):
        while True:
            size = 0
            while line := self.process.stdout.readline().strip():
                if line.lower().startswith(b"content-length:"):
                    size = int(line.split(b":")[1])
            if not size:
                sys.exit("the server ended")
            message = json.loads(self.process.stdout.read(size))
            if wanted(message):
                return message

    def diagnostics(self, name, text):
        uri = f"file:///{name}"
        self.send("textDocument/didOpen",
                  {"textDocument": {"uri": uri, "languageId": "mlir", "version": 1, "text": text}})
        found = self.receive(lambda m: m.get("method") == "textDocument/publishDiagnostics"
                             and m["params"]["uri"] == uri)["params"]["diagnostics"]
        lines = [f"{d['range']['start']['line'] + 1}:{d['range']['start']['character'] + 1}: {d['message']}"
                 for d in found]
        print(f"diagnostics of {name}: " + ("; ".join(lines) or "none"))


def main():
    server = Server(sys.argv[1])
    server.send("initialize", {"processId": None, "rootUri": None, "capabilities": {}}, reply=True)
    server.diagnostics("good.mlir", GOOD)
    server.diagnostics("bad.mlir", BAD)
    hover = server.send("textDocument/hover", {"textDocument": {"uri": "file:///good.mlir"},
                                               "position": {"line": 1, "character": 8}}, reply=True)
    print("hover: " + hover["result"]["contents"]["value"].replace("\n", " "))
    server.send("shutdown", None, reply=True)
    server.send("exit", None)
    server.process.wait(10)
    print(f"exit code {server.process.returncode}")


if __name__ == "__main__":
    main()
