"""Before there is any data: start-up, idle wake-ups, memory, size of the program."""

import http.client
import os
import pathlib
import shutil
import signal
import subprocess
import time

from processes import Failed, Server, free_port, on_cpus
from serving import CLIENT_CPU, SERVER_CPU
from spread import Spread

NO_AWS = {"AWS_EC2_METADATA_DISABLED": "true"}
LONGEST = 20


def measure(programs, rounds, idle_seconds):
    return {
        "start_ms": start_up(programs, rounds),
        "idle": idle(programs, idle_seconds),
        "binary_bytes": stripped_size(programs),
    }


def start_up(programs, rounds):
    """Milliseconds from exec to the first 200 on /metrics. Nobody has AWS."""
    found = {}
    with on_cpus(CLIENT_CPU):
        for _ in range(rounds):
            for name, command in commands(programs):
                found.setdefault(name, []).append(one_start(*command))
    return {name: Spread.of(times) for name, times in found.items()}


def commands(programs):
    port = free_port()
    yield "euc-exporter", (programs.exporter_command(port), port)
    port = free_port()
    yield "pushgateway", (["prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{port}"], port)
    port = free_port()
    yield "boto3 + prometheus_client", (programs.afternoon_command(port, ["eu-west-1"]), port)


def one_start(command, port):
    command = [str(part) for part in command]
    quiet = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    with on_cpus(SERVER_CPU):
        begun = time.perf_counter()
        pid = os.posix_spawnp(command[0], command, {"PATH": os.environ["PATH"]} | NO_AWS, file_actions=quiet)
    try:
        while time.perf_counter() - begun < LONGEST:
            if answers(port):
                return (time.perf_counter() - begun) * 1e3
        raise Failed(f"{command[0]} does not answer")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def answers(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def idle(programs, seconds):
    """Servers that are left alone, without data: memory before the first scrape and after it, wake-ups after it."""
    port = free_port()
    found = []
    gateway_port = free_port()
    gateway = ["prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{gateway_port}", "--log.level=error"]
    with (
        Server("euc-exporter", programs.exporter_command(port), port, env=NO_AWS) as exporter,
        Server("pushgateway", gateway, gateway_port) as pushgateway,
    ):
        servers = [exporter, pushgateway]
        for server in servers:
            server.ready("/-/healthy")
        untouched = [server.memory() for server in servers]
        for server in servers:
            server.ready()
        # Threads that were only needed for the start end after ten seconds.
        time.sleep(11)
        before = [(server.wake_ups(), server.cpu()) for server in servers]
        time.sleep(seconds)
        for server, resident, (wake_ups, cpu) in zip(servers, untouched, before, strict=True):
            found.append(
                {
                    "server": server.name,
                    "wake_ups_a_second": (server.wake_ups() - wake_ups) / seconds,
                    "cpu_ms_a_second": (server.cpu() - cpu) / seconds * 1e3,
                    "resident": resident,
                    "resident_after": server.memory(),
                }
            )
    return found


def stripped_size(programs):
    copy = pathlib.Path(programs.folder) / "stripped"
    shutil.copy(programs.exporter_path, copy)
    subprocess.run(["strip", copy], check=True)
    return copy.stat().st_size
