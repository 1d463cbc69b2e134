#!/usr/bin/env python3
"""Tries scripts/demo-stack as a person would: looks at what it prints, opens the pages, ends it; nothing is left over.

    tests/stack/check_demo_stack.py EXPORTER
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from stack import ROOT, fetch, until

SCRIPT = ROOT / "scripts/demo-stack"


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    except FileNotFoundError:
        return []


def started(exporter: str, folder: str, *arguments: str) -> subprocess.Popen:
    """The script in a session of its own, its temporary folder in ours."""
    environment = {**os.environ, "EUC_EXPORTER": str(Path(exporter).resolve()), "TMPDIR": folder}
    return subprocess.Popen([SCRIPT, *arguments], env=environment, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, start_new_session=True)


def heading(process: subprocess.Popen) -> list[str]:
    """The addresses that it prints before anything else."""
    urls = []
    for line in process.stdout:
        if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
            urls.append(found[0])
        if not line.strip():
            return urls
    sys.exit("demo-stack ended before it was up")


def over(pids: list[int], folder: str) -> bool:
    """No process and no file is left."""
    return not any(Path(f"/proc/{pid}").exists() for pid in pids) and not any(Path(folder).iterdir())


def ends_by_itself(exporter: str, folder: str) -> None:
    """A bounded run tells of broken objects, and exits 0."""
    process = started(exporter, folder, "--speed", "300", "--seed", "1", "--for", "20s")
    urls = heading(process)
    assert len(urls) == 3, urls
    for url, word in zip(urls, ("euc-exporter", "Prometheus", "Alertmanager"), strict=True):
        assert word in fetch(url), url
    until("series in Prometheus", lambda: '"result":[{' in fetch(f"{urls[1]}api/v1/query?query=aws_workspaces_image_info"), 15)
    pids = children(process.pid)
    output, _ = process.communicate(timeout=40)
    assert process.returncode == 0, (process.returncode, output)
    assert "FIRING" in output and "WorkspacesImageError" in output, output
    assert over(pids, folder), "something is left"
    print(f"bounded run: {len(urls)} pages, {len(pids)} processes, {output.count('FIRING')} alerts told, nothing left")


def ends_when_told(exporter: str, folder: str, sent: int, code: int) -> None:
    """Ctrl-C and SIGTERM end everything soon."""
    process = started(exporter, folder)
    heading(process)
    pids = children(process.pid)
    assert len(pids) >= 5, pids
    begun = time.monotonic()
    process.send_signal(sent)
    process.communicate(timeout=30)
    assert process.returncode == code, process.returncode
    assert over(pids, folder), "something is left"
    print(f"{signal.Signals(sent).name}: exit {code} after {time.monotonic() - begun:.1f} s, nothing left")


def refuses(*arguments: str) -> None:
    """A bad command line is exit code 64, before anything is started."""
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == 64, (arguments, done)


def main() -> None:
    """Raises where something is not so."""
    # A background job without job control ignores SIGINT, its children inherit that, and bash cannot trap it any more.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for arguments in (["--speed", "0"], ["--speed", "fast"], ["--for", "soon"], ["--seed"], ["now"]):
        refuses(*arguments)
    with tempfile.TemporaryDirectory(prefix="euc-exporter-stack-") as folder:
        ends_when_told(sys.argv[1], folder, signal.SIGTERM, 143)
        ends_when_told(sys.argv[1], folder, signal.SIGINT, 130)
        ends_by_itself(sys.argv[1], folder)


if __name__ == "__main__":
    main()
