"""How long the agent takes to read the counters of all links and write them: "statistics MILLISECONDS", COUNT times.

    ask_statistics.py DATABASE_SOCKET COUNT
"""
import json
import socket
import sys
import time

connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
decoder, pending = json.JSONDecoder(), ""


def message():
    global pending
    while True:
        pending = pending.lstrip()
        try:
            value, end = decoder.raw_decode(pending)
        except ValueError:
            pending += connection.recv(1 << 20).decode()
            continue
        pending = pending[end:]
        return value


def ask(number, method, parameters):
    connection.sendall(json.dumps({"method": method, "params": parameters, "id": number}).encode())


ask(0, "monitor", ["Linkfab", "m", {"Host": [{"columns": ["cur_stats"]}]}])
message()
for i in range(1, int(sys.argv[2]) + 1):
    time.sleep(0.2)
    start = time.monotonic()
    ask(i, "transact", ["Linkfab", {"op": "mutate", "table": "Fabric", "where": [], "mutations": [["next_stats", "+=", 1]]}])
    while message().get("method") != "update":
        pass
    print(f"statistics {(time.monotonic() - start) * 1000:.1f}", flush=True)
