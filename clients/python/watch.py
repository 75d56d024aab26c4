#!/usr/bin/env python3
"""Prints what changes in the running lab, and the rate of every direction that carries anything.

    ./watch.py [SOCKET or URL [TOKEN_FILE]]
"""

import sys

from linkfab import DEFAULT_SOCKET, Linkfab


def main() -> None:
    address = sys.argv[1] if len(sys.argv) > 1 else DEFAULT_SOCKET
    lab = Linkfab(address, token_file=sys.argv[2] if len(sys.argv) > 2 else None)
    for event in lab.events(statistics="1s"):
        data = event["data"] or {}
        if event["event"] == "statistics":
            for direction in data["directions"]:
                bits = (direction["rates"] or {}).get("received_bits")
                if bits:
                    print(f"{direction['from']} -> {direction['to']}: {bits / 1e6:.3f} Mbit/s")
        elif event["event"] in ("node", "link", "segment", "scenario"):
            print(f"{event['event']} {event['name']}: {data.get('state', 'gone')} {data.get('error') or ''}".rstrip())
        sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
