"""Starts processes on chosen CPUs, reads what they use from the kernel, and ends them. Ends no other."""

import contextlib
import http.client
import os
import pathlib
import socket
import subprocess
import time

LONGEST_START = 60
ALL_CPUS = frozenset(os.sched_getaffinity(0))


@contextlib.contextmanager
def on_cpus(cpus):
    """Whatever is started here runs on these CPUs; the starter is back on its own afterwards."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


class Failed(Exception):
    """A process did not do what it was started for."""


class Process:
    """A running program and its children."""

    def __init__(self, name, command, cpus=ALL_CPUS, env=None, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL):
        self.name = name
        base = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": os.environ.get("TMPDIR", "/tmp")}
        with on_cpus(cpus):
            self.popen = subprocess.Popen(
                [str(part) for part in command],
                env=base | (env or {}),
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.DEVNULL,
                text=True,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(5)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe:
                pipe.close()

    def pids(self):
        """The program and what it has forked."""
        found, rest = [], [self.popen.pid]
        while rest:
            pid = rest.pop()
            found.append(pid)
            # Threads come and go while one looks; the first stays, and none of these programs forks in another.
            children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
            rest.extend(int(child) for child in children.split())
        return found

    def cpu(self):
        """CPU seconds so far, from the kernel's own clock of each process: exact to nanoseconds."""
        return sum(time.clock_gettime(~pid << 3 | 2) for pid in self.pids())

    def memory(self, field="VmRSS"):
        """Bytes resident, of all processes."""
        return sum(self._status(pid, field) for pid in self.pids())

    @staticmethod
    def _status(pid, field):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        return 0

    def wake_ups(self):
        """How often a thread has gone to sleep or was put aside, so far."""
        total = 0
        for pid in self.pids():
            for status in pathlib.Path(f"/proc/{pid}/task").glob("*/status"):
                lines = status.read_text().splitlines()
                total += sum(int(line.split()[1]) for line in lines if "ctxt_switches" in line)
        return total


class Server(Process):
    """A process that answers HTTP on a loopback port."""

    def __init__(self, name, command, port, path="/metrics", **rest):
        super().__init__(name, command, **rest)
        self.port, self.path = port, path

    def ready(self, path=None):
        """Waits until it answers 200."""
        deadline = time.monotonic() + LONGEST_START
        while time.monotonic() < deadline:
            if self.popen.poll() is not None:
                break
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get(path=path)[0] == 200:
                    return self
            time.sleep(0.02)
        self.end()
        raise Failed(f"{self.name} does not answer")

    def get(self, encoding="identity", accept="text/plain;version=0.0.4", path=None, timeout=300):
        """Status, headers and raw bytes of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {"Accept-Encoding": encoding, "Accept": accept, "X-Prometheus-Scrape-Timeout-Seconds": "300"}
        connection.request("GET", path or self.path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
