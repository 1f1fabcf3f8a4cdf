"""A real cluster of two nodes on this machine."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

os.environ |= {
    "RAY_AUTH_MODE": "token",
    "RAY_AUTH_TOKEN": secrets.token_hex(32),
}  # for both sides; Ray reads them when imported
RAY = Path(sys.executable).parent / "ray"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a node with everything that it started."""
    everything = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    for one in everything:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(everything, timeout=10)
    process.wait()


class Cluster:
    """Two `ray start` processes on loopback: a head and a second node, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self.environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "PYTHONPATH": ""}
        host, port = self.address.split(":")
        self.head = self._start("--head", f"--port={port}", "--include-dashboard=false", f"--temp-dir={folder}", "--num-cpus=2")
        self.host = host
        self.second: subprocess.Popen[bytes] | None = None

    def _start(self, *options: str) -> subprocess.Popen[bytes]:
        command = [str(RAY), "start", "--block", "--node-ip-address=127.0.0.1", "--disable-usage-stats", *options]
        output = subprocess.DEVNULL
        return subprocess.Popen(command, env=self.environment, stdout=output, stderr=output, start_new_session=True)

    def add_node(self) -> None:
        self.second = self._start(f"--address={self.address}", "--num-cpus=2")

    def kill_node(self) -> None:
        """The second node is gone from one moment to the next, with all its processes."""
        assert self.second is not None
        _end(self.second)
        self.second = None

    def wait(self, nodes: int, seconds: float = 180) -> None:
        """Until so many nodes are alive."""
        import ray

        end = time.monotonic() + seconds
        while sum(node["Alive"] for node in ray.nodes()) != nodes:
            assert time.monotonic() < end, f"{ray.nodes()}"
            time.sleep(0.1)

    def close(self) -> None:
        for process in (self.second, self.head):
            if process is not None:
                _end(process)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    pytest.importorskip("ray")
    running = Cluster(tmp_path_factory.mktemp("r"))
    running.add_node()
    yield running
    running.close()


@pytest.fixture(scope="module")
def pool(cluster: Cluster, toy_repository: Path, descent: Any) -> Iterator[Any]:
    """Three warm workers on two nodes; what a single machine's `pool` fixture is to its tests."""
    from engine.workers.cluster import ClusterMissing, RayPool

    end = time.monotonic() + 180
    while True:
        try:
            workers = RayPool(cluster.address, 3, toy_repository)
            break
        except ClusterMissing:
            assert time.monotonic() < end
            time.sleep(0.5)
    cluster.wait(2)
    workers.start()
    for worker in workers.workers:
        assert worker.ready.wait(120) and worker.served
    yield workers
    workers.close()
