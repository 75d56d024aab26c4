"""Serves a network boot to the machine that asks: its script by HTTP, a file by TFTP, the same by HTTP.

    boot_server.py ADDRESS

Prints a line for each thing that was fetched whole. The script goes on only after a fetch that succeeded, so that
"passed" tells that both came through: over TCP, and over UDP.
"""
import http.server
import os
import socket
import struct
import sys
import threading

ADDRESS = sys.argv[1]
FILE = os.urandom(100_000)
SCRIPT = f"""#!ipxe
imgfetch tftp://{ADDRESS}/file
imgfetch http://{ADDRESS}/file
imgfetch http://{ADDRESS}/passed
""".encode("ascii")


class Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = FILE if self.path == "/file" else SCRIPT
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        print("http", self.path, len(body), flush=True)

    def log_message(self, *_):
        pass


def send_file(request, client):
    """RFC 1350, with the options of RFC 2347 left unanswered: blocks of 512 bytes."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((ADDRESS, 0))
    sock.settimeout(1)
    for block in range(len(FILE) // 512 + 1):
        data = struct.pack("!HH", 3, block + 1) + FILE[block * 512:block * 512 + 512]
        for _ in range(10):
            sock.sendto(data, client)
            try:
                if sock.recv(600)[:4] == struct.pack("!HH", 4, block + 1):
                    break
            except socket.timeout:
                continue
        else:
            return
    print("tftp", request[2:].split(b"\0")[0].decode("ascii"), len(FILE), flush=True)


def tftp():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((ADDRESS, 69))
    while True:
        request, client = sock.recvfrom(2048)
        if request[:2] == b"\0\1":
            threading.Thread(target=send_file, args=(request, client), daemon=True).start()


threading.Thread(target=tftp, daemon=True).start()
http.server.ThreadingHTTPServer((ADDRESS, 80), Web).serve_forever()
