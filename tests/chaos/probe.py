"""Who hears whom: a frame of our own is sent from every interface, and every interface listens."""

import ctypes
import os
import select
import socket
import struct
import time

ETHERTYPE = 0x88B5  # for local experiments (IEEE 802)
CLONE_NEWNET = 0x40000000
PACKET_OUTGOING = 4

libc = ctypes.CDLL(None, use_errno=True)


def enter(file):
    with open(file) as namespace:
        if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"enter {file}")


class Ends:
    """A socket on each interface, which stays in its namespace. Closed soon: it would keep the namespace."""

    def __init__(self, places):
        """`places`: (NODE:INTERFACE, file of its namespace). What cannot be opened is in `failed`."""
        self.sockets, self.failed = {}, {}
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        try:
            for end, file in places:
                try:
                    enter(file)
                    ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
                    self.sockets[end] = ear
                    ear.bind((end.split(":")[1], ETHERTYPE))
                except OSError as error:
                    self.failed[end] = str(error)
        finally:
            libc.setns(home, CLONE_NEWNET)
            os.close(home)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for ear in self.sockets.values():
            ear.close()

    def heard(self, token, wait):
        """By sender, [(listener, seconds)], of one frame each."""
        heard = {end: [] for end in self.sockets}
        sent = {}
        names = sorted(self.sockets)
        by_socket = {ear: end for end, ear in self.sockets.items()}
        for number, end in enumerate(names):
            frame = b"\xff" * 6 + b"\x02fabch" + struct.pack("!HQH", ETHERTYPE, token, number)
            sent[end] = time.monotonic()
            try:
                self.sockets[end].send(frame.ljust(60, b"\0"))
            except OSError:
                pass  # its device is down: nobody hears it
        until = time.monotonic() + wait
        while (left := until - time.monotonic()) > 0:
            for ear in select.select(list(by_socket), [], [], left)[0]:
                try:
                    frame, origin = ear.recvfrom(2000)
                except OSError:
                    continue
                if origin[2] == PACKET_OUTGOING or len(frame) < 26:
                    continue
                its_token, number = struct.unpack("!QH", frame[14:24])
                if its_token == token:
                    sender = names[number]
                    heard[sender].append((by_socket[ear], time.monotonic() - sent[sender]))
        return heard
