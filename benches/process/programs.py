"""The programs that are measured: how each is configured and started."""

import http.client
import json
import os
import pathlib
import re
import subprocess

from processes import ALL_CPUS, Failed, Process, Server, free_port
from world import ACCOUNT

HERE = pathlib.Path(__file__).parent

EXPORTER = """
[web]
listen_address = ["127.0.0.1:{port}"]
max_scrape_wait = "5m"
[log]
level = "error"
[aws]
regions = {regions}
[aws.rate.workspaces]
per_second = 0
[aws.rate.appstream]
per_second = 0
[collectors.workspaces_images]
enabled = false
[collectors.workspaces_image_associations]
enabled = false
[collectors.appstream_image_builders]
refresh_interval = "7days"
[collectors.appstream_images]
enabled = {images}
refresh_interval = "1s"
"""

# As small as it can be. One worker for one CPU, as its manual says; every answer comes from the page cache.
NGINX = """
{user}
worker_processes {workers};
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    types {{ }}
    default_type "{content_type}";
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        gzip_static on;
    }}
}}
"""


class Programs:
    """Paths of all programs, and a folder for their files."""

    def __init__(self, exporter, simulator, exposition, ready_bytes, folder):
        self.exporter_path, self.simulator_path = exporter, simulator
        self.exposition_path, self.ready_bytes_path = exposition, ready_bytes
        self.folder = folder
        self.python = os.environ["BENCH_PYTHON"]
        self._count = 0

    def _fresh(self, name):
        self._count += 1
        folder = self.folder / f"{name}-{self._count}"
        folder.mkdir()
        return folder

    def simulator(self, world, latency=None, page_size=None, cpus=ALL_CPUS):
        options = {"--latency": latency, "--page-size": page_size}
        given = [str(part) for option, value in options.items() if value for part in (option, value)]
        pipe = subprocess.PIPE
        command = [self.simulator_path, *given, world.path]
        simulator = Process("simulator", command, cpus=cpus, stdin=pipe, stdout=pipe)
        line = simulator.popen.stdout.readline()
        if not line:
            raise Failed("the simulator did not start")
        told = json.loads(line)
        keys = told["credentials"][ACCOUNT]
        simulator.environment = {
            "AWS_ENDPOINT_URL": told["url"],
            "AWS_ACCESS_KEY_ID": keys["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"],
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        return simulator

    @staticmethod
    def change(simulator, world):
        """Puts another world in place of the one that a simulator has."""
        simulator.popen.stdin.write(json.dumps({"world": json.loads(world.path.read_text())}) + "\n")
        simulator.popen.stdin.flush()
        if json.loads(simulator.popen.stdout.readline()) != {"done": True}:
            raise Failed("the simulator did not take another world")

    def exporter_command(self, port, regions=(), images=False):
        path = self._fresh("exporter") / "config.toml"
        path.write_text(EXPORTER.format(port=port, regions=json.dumps(list(regions)), images=str(images).lower()))
        return [self.exporter_path, "--config.file", path]

    def exporter(self, simulator, world, cpus=ALL_CPUS, images=False, env=None, wrapper=()):
        port = free_port()
        command = [*wrapper, *self.exporter_command(port, world.regions, images)]
        env = simulator.environment | (env or {})
        return Server("euc-exporter", command, port, cpus=cpus, env=env).ready("/-/healthy")

    def nginx(self, captured, cpus=ALL_CPUS, content_type="text/plain; version=0.0.4; charset=utf-8"):
        folder, port = self._fresh("nginx"), free_port()
        (folder / "www").mkdir()
        (folder / "www" / "metrics").write_bytes(captured["identity"])
        (folder / "www" / "metrics.gz").write_bytes(captured["gzip"])
        user = "user root;" if os.geteuid() == 0 else ""
        text = NGINX.format(
            user=user, workers=len(cpus), folder=folder, root=folder / "www", port=port, content_type=content_type
        )
        (folder / "nginx.conf").write_text(text)
        command = ["nginx", "-e", folder / "nginx.log", "-p", folder, "-c", folder / "nginx.conf"]
        return Server("nginx", command, port, cpus=cpus).ready()

    def ready_bytes(self, captured, cpus=ALL_CPUS):
        folder = self._fresh("ready_bytes")
        for encoding, body in captured.items():
            (folder / encoding).write_bytes(body)
        pipe = subprocess.PIPE
        command = [self.ready_bytes_path, folder / "identity", folder / "gzip"]
        server = Server("hyper, ready bytes", command, 0, cpus=cpus, stdin=pipe, stdout=pipe)
        server.port = int(server.popen.stdout.readline().rsplit(":", 1)[1])
        return server.ready()

    def pushgateway(self, captured=None, cpus=ALL_CPUS):
        port = free_port()
        command = ["prometheus-pushgateway", f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
        server = Server("pushgateway", command, port, cpus=cpus).ready()
        if captured:
            push(server, resources(captured["identity"]))
        return server

    def afternoon_command(self, port, regions):
        return [self.python, HERE / "afternoon.py", port, *regions]

    def afternoon(self, simulator, world, cpus=ALL_CPUS):
        """Started, and the time from there to the end of its first round."""
        port = free_port()
        command = self.afternoon_command(port, world.regions)
        server = Server(
            "boto3 + prometheus_client", command, port, cpus=cpus, env=simulator.environment, stdout=subprocess.PIPE
        )
        if int(server.popen.stdout.readline() or 0) != world.builders:
            server.end()
            raise Failed("afternoon.py did not read every builder")
        return server

    def prometheus(self, port, interval):
        folder, own_port = self._fresh("prometheus"), free_port()
        config = {
            "global": {"scrape_interval": interval, "scrape_timeout": interval},
            "scrape_configs": [{"job_name": "bench", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}],
        }
        (folder / "prometheus.json").write_text(json.dumps(config))
        command = [
            "prometheus",
            f"--config.file={folder / 'prometheus.json'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{own_port}",
            "--log.level=error",
        ]
        return Server("Prometheus", command, own_port).ready("/-/ready")


def resources(text):
    """The part of an answer that is about AWS: a gateway has process metrics of its own."""
    lines = re.compile(rb"^(?:# (?:HELP|TYPE) )?aws_.*\n", re.MULTILINE)
    return b"".join(lines.findall(text))


def push(gateway, text):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=300)
    connection.request("PUT", "/metrics/job/bench", body=text, headers={"Content-Type": "text/plain"})
    status = connection.getresponse().status
    connection.close()
    if status != 200:
        raise Failed(f"the gateway refused the series: {status}")


def capture(server, accept="text/plain;version=0.0.4"):
    """What it answers, by encoding."""
    captured = {}
    for encoding in ("identity", "gzip"):
        status, headers, body = server.get(encoding, accept)
        if status != 200 or headers.get("Content-Encoding", "identity") != encoding:
            raise Failed(f"{server.name} does not answer in {encoding}")
        captured[encoding] = body
    return captured


def count_series(text):
    return sum(1 for line in text.splitlines() if line and not line.startswith(b"#"))
