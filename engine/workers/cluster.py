"""Workers on a Ray cluster: the same sessions and the same calls, on as many machines as there are.

Chosen by `LATENT_LAB_RAY=auto` (a cluster on this machine, started if there is none) or `LATENT_LAB_RAY=<address>`.
Ray is installed by requirements-cluster.txt and never imported otherwise. Each actor is one worker as on a desktop
(the class `Worker`, whose messages travel as bytes) with one CPU and, where the cluster has GPUs, a share of one
(`LATENT_LAB_RAY_GPU`, default 0.25: four workers to a GPU). A lost node loses its actors; their sessions are rebuilt from
their scores elsewhere, as after the death of a process.
"""

from __future__ import annotations

import itertools
import logging
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.workers import logs
from engine.workers.connection import WorkerConnection
from engine.workers.pool import Pool
from engine.workers.shared import Commons

SETTING = "LATENT_LAB_RAY"
KNOCK = 5.0  # seconds
LEFT_OUT = [".git", ".venv", "tests", "assets/screenshots", "**/__pycache__"]  # of the code that travels to the nodes


class ClusterMissing(RuntimeError):
    """Ray is not installed, or no cluster answers; says what to do."""


class WorkerActor:
    """A worker inside a Ray actor: requests in by `send`, messages out by `messages`."""

    def __init__(self) -> None:
        from engine.workers.worker import Worker, warm_up

        inbound, feed = os.pipe()
        self._drain, outbound = os.pipe()
        self._feed = os.fdopen(feed, "wb")
        self._order = threading.Lock()
        self._next, self._early = 0, dict[int, bytes]()
        warm_up()
        worker = Worker(os.fdopen(inbound, "rb"), os.fdopen(outbound, "wb"))
        threading.Thread(target=worker.serve, daemon=True).start()

    def send(self, number: int, data: bytes) -> None:
        """The request of that number (from 0), in the wire form; one that comes early waits for those before it.

        Ray promises no order to an actor that does several things at once.
        """
        with self._order:
            self._early[number] = data
            while (message := self._early.pop(self._next, None)) is not None:
                self._feed.write(struct.pack("<I", len(message)) + message)
                self._feed.flush()
                self._next += 1

    def messages(self) -> Iterator[bytes]:
        """Everything the worker says, as it says it."""
        with os.fdopen(self._drain, "rb") as source:
            while len(size := source.read(4)) == 4:
                yield source.read(struct.unpack("<I", size)[0])

    def node(self) -> str:
        """The id of the node."""
        import ray

        return str(ray.get_runtime_context().get_node_id())


class RayWorker(WorkerConnection):
    """The line to a worker actor."""

    local = False

    def __init__(self, gpu: float) -> None:
        super().__init__()
        import ray

        threads = os.environ.get("LATENT_LAB_THREADS", "1")
        names = ("LATENT_LAB_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        options: dict[str, Any] = {
            "num_cpus": 1,
            "num_gpus": gpu,
            "max_concurrency": 8,
            "max_restarts": 0,
            "scheduling_strategy": "SPREAD",
            "runtime_env": {"env_vars": dict.fromkeys(names, threads)},
        }
        self.actor: Any = ray.remote(WorkerActor).options(**options).remote()
        self.node = ""
        self._numbers = itertools.count()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        import ray

        try:
            self.node = ray.get(self.actor.node.remote())
            for message in self.actor.messages.options(num_returns="streaming").remote():
                self.take(ray.get(message))
        except Exception as error:  # the actor, its node or the cluster is gone: Ray has a class for each
            if not self.ending:
                logs.event("worker.lost", logging.WARNING, worker=self.pid, code=type(error).__name__)
        self.lost()

    def write(self, data: bytes) -> None:
        try:
            self.actor.send.remote(next(self._numbers), data)  # called by one thread at a time: `WorkerConnection.request`
        except Exception as error:  # as above; a request that is lost on the way is told by `_listen`
            raise OSError(str(error)) from None

    def hang_up(self) -> None:
        import ray

        self.ending = True
        with suppress(Exception):
            ray.kill(self.actor)

    def stop(self) -> None:
        self.hang_up()
        self.dead.wait(10)


class RayPool(Pool):
    """The workers of a cluster."""

    def __init__(self, address: str, size: int | None = None, root: Path | None = None) -> None:
        super().__init__(size or 1)
        ray = _ray()
        self._joined = not ray.is_initialized()
        if self._joined:
            _join(ray, address, root)
        resources = ray.cluster_resources()
        self.size = size or max(1, int(resources.get("CPU", 1)) - 1)
        self.gpu = min(float(os.environ.get("LATENT_LAB_RAY_GPU", "0.25")), resources.get("GPU", 0.0) / self.size)

    def spawn(self) -> WorkerConnection:
        """An actor somewhere in the cluster."""
        return RayWorker(self.gpu)

    @property
    def nodes(self) -> dict[str, int]:
        """Living workers by node."""
        found: dict[str, int] = {}
        for worker in self.ready:
            assert isinstance(worker, RayWorker)
            found[worker.node] = found.get(worker.node, 0) + 1
        return found

    def close(self) -> None:
        super().close()
        if self._joined:
            _ray().shutdown()


class SharedRayPool(RayPool, Commons):
    """The same for a class: equal runs are computed once."""


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would otherwise report to its makers
    try:
        import ray
    except ImportError:
        raise ClusterMissing(
            f"{SETTING} is set, but Ray is not installed: pip install -r requirements-cluster.txt, or unset {SETTING}"
        ) from None
    return ray


def _knock(address: str) -> None:
    """Whether anybody listens at host:port; Ray itself would wait for minutes. Raises ClusterMissing."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host:
        return
    try:
        socket.create_connection((host, int(port)), timeout=KNOCK).close()
    except (OSError, ValueError) as error:
        raise ClusterMissing(f"{SETTING}={address}: no cluster answers there ({error})") from None


def _join(ray: Any, address: str, root: Path | None) -> None:
    """Become a client of the cluster, or start one on this machine; the code travels along."""
    options: dict[str, Any] = {
        "include_dashboard": False,  # it takes jobs from anybody who reaches it
        "log_to_driver": False,
        "logging_level": "warning",
        "runtime_env": {"working_dir": str(root or Path(__file__).resolve().parents[2]), "excludes": LEFT_OUT},
    }
    _knock(address)
    try:
        if address == "auto":
            try:
                ray.init(address="auto", **{k: v for k, v in options.items() if k != "include_dashboard"})
            except ConnectionError:
                ray.init(**options)
        else:
            ray.init(address=address, **{k: v for k, v in options.items() if k != "include_dashboard"})
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ClusterMissing(f"{SETTING}={address}: no cluster answers there ({error})") from None
