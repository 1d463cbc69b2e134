"""Puts load on a server and says what it did: answers a second, CPU of an answer."""

import http.client
import re
import subprocess
import time

from processes import ALL_CPUS, Failed

# An answer slower than this is asked for one by one: what is begun at the end of a wrk run would blur the figures.
SLOW = 0.05
BUFFER = memoryview(bytearray(1 << 20))


def headers(encoding):
    return {"Accept-Encoding": encoding, "Accept": "text/plain;version=0.0.4"}


def one_answer(connection, path, encoding):
    """Reads an answer to its end and says how long it was. Encodings that the server did not choose are an error."""
    connection.request("GET", path, headers=headers(encoding))
    answer = connection.getresponse()
    if answer.status != 200 or answer.headers.get("Content-Encoding", "identity") != encoding:
        raise Failed(f"asked for {encoding}, got {answer.status} {answer.headers.get('Content-Encoding')}")
    length = 0
    while read := answer.readinto(BUFFER):
        length += read
    return length


def one_by_one(server, encoding, seconds):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    count, cpu, begun = 0, server.cpu(), time.monotonic()
    while count < 3 or time.monotonic() - begun < seconds:
        length = one_answer(connection, server.path, encoding)
        count += 1
    elapsed, cpu = time.monotonic() - begun, server.cpu() - cpu
    connection.close()
    return {"rate": count / elapsed, "cpu_ms": cpu / count * 1e3, "bytes": length}


def wrk(server, encoding, connections, seconds, cpus):
    threads = min(connections, len(cpus))
    command = ["taskset", "-c", ",".join(map(str, sorted(cpus)))]
    command += ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s"]
    for name, value in headers(encoding).items():
        command += ["-H", f"{name}: {value}"]
    command.append(f"http://127.0.0.1:{server.port}{server.path}")
    cpu = server.cpu()
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 90).stdout
    cpu = server.cpu() - cpu
    done = re.search(r"(\d+) requests in", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if not done or not rate or "Non-2xx" in said or "Socket errors" in said:
        raise Failed(f"wrk on {server.name}: {said}")
    return {"rate": float(rate[1]), "cpu_ms": cpu / max(int(done[1]), 1) * 1e3}


def put(server, encoding, connections, seconds=1, cpus=ALL_CPUS):
    """One round of load. `None` where there is nothing to be had: a slow server and many connections."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    begun = time.monotonic()
    length = one_answer(connection, server.path, encoding)
    took = time.monotonic() - begun
    connection.close()
    if took < SLOW:
        return wrk(server, encoding, connections, seconds, cpus) | {"bytes": length}
    return one_by_one(server, encoding, seconds) if connections == 1 else None
