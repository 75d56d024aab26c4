"""The other end of a UDP tunnel, in user space: a TAP device whose frames are datagrams.

    udp_tap.py DEVICE CIDR LOCAL-ADDRESS LOCAL-PORT REMOTE-ADDRESS REMOTE-PORT
"""
import fcntl
import os
import select
import socket
import struct
import subprocess
import sys

device, cidr, local, local_port, remote, remote_port = sys.argv[1:]
tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, 0x400454CA, struct.pack("16sH", device.encode(), 0x1002))  # TUNSETIFF: IFF_TAP, IFF_NO_PI
subprocess.run(["ip", "address", "add", cidr, "dev", device], check=True)
subprocess.run(["ip", "link", "set", device, "up"], check=True)
tunnel = socket.socket(socket.AF_INET6 if ":" in local else socket.AF_INET, socket.SOCK_DGRAM)
tunnel.bind((local, int(local_port)))
tunnel.connect((remote, int(remote_port)))
while True:
    for ready in select.select([tap, tunnel], [], [])[0]:
        try:
            if ready == tap:
                tunnel.send(os.read(tap, 65536))
            else:
                os.write(tap, tunnel.recv(65536))
        except OSError:
            pass  # what an ICMP error said of an earlier datagram
