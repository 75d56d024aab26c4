"""What links do against what they were told: linkfab, tc's netem on a bare veth pair, Mininet's TCLink.

    accuracy.py BUILD RESULT.json [ROUNDS [SETTING]]

Runs as root where Open vSwitch and netem work (tests/bench/run accuracy). The subjects take turns at each
setting. Frames are sent and timed by bench_probe, the same way for all; TCP by iperf3, counted by tc and nstat.
A setting that a subject has no word for is left out. Every figure goes to RESULT.json as it was measured; with SETTING only
settings that begin so are measured, and take the place of those in RESULT.json.
"""
import json
import math
import os
import subprocess
import sys
import tempfile
import time

BUILD, RESULT = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ROUNDS = int(sys.argv[3]) if len(sys.argv) > 3 else 3
BIN = BUILD + "/bin"
MSS_FRAME = 1514


def run(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, text=True, **more).stdout


def inside(netns, *words):
    return run("nsenter", "--net=" + netns, *words)


class Linkfab:
    name = "linkfab"
    distribution = True

    def __init__(self):
        self.work = tempfile.mkdtemp(prefix="accuracy.", dir="/var/tmp")
        os.environ.update(LINKFAB_RUN_DIR=self.work + "/run", LINKFAB_STATE_DIR=self.work + "/state")
        lab = {"nodes": {n: {"interfaces": {"eth0": f"10.9.0.{i}/24"}} for i, n in ((1, "a"), (2, "b"))},
               "links": [{"ends": ["a:eth0", "b:eth0"], "name": "l"}]}
        with open(self.work + "/lab.json", "w", encoding="ascii") as file:
            json.dump(lab, file)
        run(BIN + "/linkfab", "up", self.work + "/lab.json", "--instance", "bench")
        self.a, self.b = ((self.work + "/run/netns/" + n, "eth0") for n in "ab")
        self.address = "10.9.0.2"

    def set(self, options):
        words = [f"{key}={value}" for key, value in options.items()]
        run(BIN + "/linkfab", "set", "l", "none", "--instance", "bench")
        run(BIN + "/linkfab", "set", "l", "--from", "a", *words, "--instance", "bench")

    def counters(self):
        nodes = json.loads(run(BIN + "/linkfab", "ps", "--json", "--instance", "bench"))["nodes"]
        device = next(n for n in nodes if n["name"] == "b")["interfaces"][0]["device"]
        return json.loads(run("tc", "-s", "-j", "qdisc", "show", "dev", device, "root"))[0]

    def close(self):
        run(BIN + "/linkfab", "down", "--instance", "bench")


class Netem:
    name = "tc netem"
    distribution = True

    def __init__(self):
        for name in ("acc-a", "acc-b"):
            run("ip", "netns", "add", name)
        run("ip", "link", "add", "eth0", "netns", "acc-a", "type", "veth", "peer", "name", "eth0", "netns", "acc-b")
        for name, last in (("acc-a", 1), ("acc-b", 2)):
            run("ip", "-n", name, "addr", "add", f"10.8.0.{last}/24", "dev", "eth0")
            run("ip", "-n", name, "link", "set", "eth0", "up")
        self.a, self.b = (("/run/netns/" + n, "eth0") for n in ("acc-a", "acc-b"))
        self.address = "10.8.0.2"

    def set(self, options):
        if "burst" in options:
            inside(self.a[0], "tc", "qdisc", "replace", "dev", "eth0", "root", "tbf", "rate", options["rate"],
                   "burst", options["burst"], "limit", "1mb")
            return
        words = []
        if "delay" in options:
            words += ["delay", options["delay"]]
            if "jitter" in options:
                words += [options["jitter"]]
            if "distribution" in options:
                words += ["distribution", options["distribution"]]
        for key in ("loss", "duplicate", "corrupt", "rate"):
            if key in options:
                words += [key, options[key]]
        inside(self.a[0], "tc", "qdisc", "replace", "dev", "eth0", "root", "netem", *words)

    def counters(self):
        return json.loads(inside(self.a[0], "tc", "-s", "-j", "qdisc", "show", "dev", "eth0", "root"))[0]

    def close(self):
        for name in ("acc-a", "acc-b"):
            run("ip", "netns", "del", name)


class Mininet:
    name = "Mininet"
    distribution = False

    def __init__(self):
        from mininet.link import TCLink
        from mininet.net import Mininet as Net
        self.net = Net(controller=None, link=TCLink, build=False)
        hosts = [self.net.addHost(f"h{i}", ip=f"10.7.0.{i}/24") for i in (1, 2)]
        self.link = self.net.addLink(*hosts)
        self.net.build()
        self.a, self.b = ((f"/proc/{h.pid}/ns/net", h.defaultIntf().name) for h in hosts)
        self.address = "10.7.0.2"

    def set(self, options):
        if set(options) - {"delay", "jitter", "loss", "rate"}:
            raise NotImplementedError
        words = {}
        if "rate" in options:
            value = options["rate"]
            words["bw"] = float(value.removesuffix("kbit").removesuffix("mbit").removesuffix("gbit")) * (
                0.001 if value.endswith("kbit") else 1000 if value.endswith("gbit") else 1)
        if "loss" in options:
            words["loss"] = float(options["loss"].rstrip("%"))
        for key in ("delay", "jitter"):
            if key in options:
                words[key] = options[key]
        intf = self.link.intf1
        intf.cmd("tc qdisc del dev", intf, "root")
        intf.config(**words)

    def counters(self):
        all_of = json.loads(inside(self.a[0], "tc", "-s", "-j", "qdisc", "show", "dev", self.a[1]))
        return next((q for q in all_of if q["kind"] == "netem"), all_of[0])

    def close(self):
        self.net.stop()


def probe(subject, *words):
    return json.loads(run(BIN + "/bench_probe", *subject.a, *subject.b, *map(str, words)))


def quantile(values, q):
    return values[min(len(values) - 1, int(q * len(values)))]


def ks(values, cdf):
    n = len(values)
    return max(max(cdf(v) - i / n, (i + 1) / n - cdf(v)) for i, v in enumerate(values))


def times(subject, options):
    seen = probe(subject, "frames", 2000, 2000)
    delays = [v / 1e6 for v in seen.pop("delays_ns")]
    wanted = float(options["delay"].rstrip("ms"))
    result = {"delay_ms": wanted, "median_ms": quantile(delays, 0.5), "p1_ms": quantile(delays, 0.01),
              "p99_ms": quantile(delays, 0.99), "error_us": (quantile(delays, 0.5) - wanted) * 1000, **seen}
    if "jitter" in options:
        jitter = float(options["jitter"].rstrip("ms"))
        result["iqr_jitter_ms"] = (quantile(delays, 0.75) - quantile(delays, 0.25)) / 1.34898
        result["ks_normal"] = ks(delays, lambda v: math.erfc((wanted - v) / jitter / math.sqrt(2)) / 2)
        result["quantiles_ms"] = [quantile(delays, (i + 0.5) / 100) for i in range(100)]
    return result


def shares(subject, _options):
    seen = probe(subject, "frames", 20000, 300)
    seen.pop("delays_ns")
    return seen


def bits(text):
    return float(text[:-4]) * {"kbit": 1e3, "mbit": 1e6, "gbit": 1e9}[text[-4:]]


def rate(subject, options):
    wanted = bits(options["rate"])
    each = MSS_FRAME * 8 / wanted
    count = max(16, min(800, int(2 / each)))
    seen = probe(subject, "train", count, MSS_FRAME, int((count * each + 1) * 1000))
    seen.pop("after_ns")
    measured = MSS_FRAME * 8 * 1e9 / seen["spacing_ns"] if seen["spacing_ns"] > 0 else 0
    return {"wanted_bits": wanted, "measured_bits": measured, **seen}


def burst(subject, options):
    """A train after a pause: what comes less than half a frame's time apart from its start, and how fast the rest."""
    wanted, size = bits(options["rate"]), int(options["burst"].removesuffix("kb")) * 1024
    each = MSS_FRAME * 8 / wanted
    time.sleep(size * 8 / wanted + 0.2)
    count = size // MSS_FRAME + max(40, min(400, int(1 / each)))
    seen = probe(subject, "train", count, MSS_FRAME, int((count * each + 1) * 1000))
    times = seen.pop("after_ns")
    gaps = [b - a for a, b in zip(times, times[1:])]
    first = next((i + 1 for i, gap in enumerate(gaps) if gap > each * 1e9 / 2), len(times))
    rest = times[first + 1:]
    measured = MSS_FRAME * 8e9 * (len(rest) - 1) / (rest[-1] - rest[0])
    return {"wanted_bits": wanted, "measured_bits": measured, "burst_bytes": size,
            "at_once_bytes": first * MSS_FRAME, **seen}


def tcp(subject, _options):
    def stats(name):
        out = json.loads(inside(subject.a[0], "nstat", "-asz", "--json", name))
        return out["kernel"][name]

    server = subprocess.Popen(["nsenter", "--net=" + subject.b[0], "iperf3", "-s", "-1"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    before = subject.counters()
    sent, again = stats("TcpOutSegs"), stats("TcpRetransSegs")
    report = json.loads(inside(subject.a[0], "iperf3", "-c", subject.address, "-t", "6", "-J"))
    server.wait(timeout=20)
    after = subject.counters()
    segments = stats("TcpOutSegs") - sent + stats("TcpRetransSegs") - again
    drops = after.get("drops", 0) - before.get("drops", 0)
    passed = after.get("packets", 0) - before.get("packets", 0)
    return {"segments_sent": segments, "retransmitted": stats("TcpRetransSegs") - again, "drops": drops,
            "packets_passed": passed, "bits_per_second": report["end"]["sum_received"]["bits_per_second"]}


# Name, what is set, how it is measured, how often.
SETTINGS = [
    *[(f"delay {d} ms", {"delay": f"{d}ms"}, times) for d in (5, 20, 100)],
    ("jitter 5 ms normal", {"delay": "50ms", "jitter": "5ms", "distribution": "normal"}, times),
    ("loss 1 %", {"loss": "1%"}, shares),
    ("duplicate 1 %", {"duplicate": "1%"}, shares),
    ("corrupt 1 %", {"corrupt": "1%"}, shares),
    *[(f"rate {r}", {"rate": r}, rate) for r in
      ("64kbit", "256kbit", "1mbit", "10mbit", "100mbit", "500mbit", "1gbit")],
    *[(f"burst {b} at {r}", {"rate": r, "burst": b}, burst) for r in ("1mbit", "10mbit") for b in ("15kb", "64kb")],
    ("TCP at loss 1 %, 10 ms", {"delay": "10ms", "loss": "1%"}, tcp),
]


def main():
    subjects = [Linkfab(), Netem()]
    try:
        subjects.append(Mininet())
    except ImportError:
        print("accuracy: Mininet is not installed", file=sys.stderr)
    chosen = sys.argv[4] if len(sys.argv) > 4 else ""
    results = []
    if chosen:
        with open(RESULT, encoding="ascii") as file:
            results = [r for r in json.load(file)["results"] if not r["setting"].startswith(chosen)]
    try:
        for name, options, measure in SETTINGS:
            if not name.startswith(chosen):
                continue
            for turn in range(ROUNDS):
                for subject in subjects[turn % len(subjects):] + subjects[:turn % len(subjects)]:
                    asked = {k: v for k, v in options.items() if k != "distribution" or subject.distribution}
                    try:
                        subject.set(asked)
                    except NotImplementedError:
                        continue
                    time.sleep(0.3)
                    figures = measure(subject, options)
                    results.append({"setting": name, "subject": subject.name, "round": turn, **figures})
                    shown = {k: v for k, v in figures.items() if not isinstance(v, list)}
                    print(f"{name:24} {subject.name:9} {json.dumps(shown)}", flush=True)
    finally:
        for subject in subjects:
            subject.close()
        with open(RESULT, "w", encoding="ascii") as file:
            json.dump({"kernel": os.uname().release, "machine": os.uname().machine, "results": results}, file)


main()
