"""Sessions on a cluster: everything that holds for worker processes holds here, and a node may be lost."""

from __future__ import annotations

import pytest

from engine.core import wire
from engine.core.frame import difference
from engine.core.session import Session
from engine.workers.cluster import ClusterMissing, RayPool, WorkerActor
from tests.workers import test_pool as one_machine
from tests.workers.test_pool import remote, score  # noqa: F401 (a fixture)

pytest.importorskip("ray")
ELSEWHERE = {  # about processes of this app, which these are not
    "test_workers_end_when_the_pool_closes",
    "test_workers_end_when_the_app_is_killed",
    "test_a_worker_computes_with_one_thread",
}
SHARED = {name: test for name, test in vars(one_machine).items() if name.startswith("test_") and name not in ELSEWHERE}
globals().update(SHARED)  # the same tests, with the pool of this folder


def test_the_same_tests_run_here():
    assert len(SHARED) >= 20 and set(vars(one_machine)) >= ELSEWHERE


def test_workers_are_spread_over_the_nodes(pool):
    assert len(pool.nodes) == 2 and sum(pool.nodes.values()) == 3


def test_requests_that_overtake_each_other_are_carried_out_in_their_order():
    actor, back = WorkerActor(), {}
    replies = actor.messages()
    assert wire.unpack(next(replies))[0]["id"] == 0  # it is ready
    given = wire.pack({"op": "open", "session": "a", "score": score().model_dump(mode="json"), "device": "cpu", "id": 1}, {})
    look, close = (wire.pack({"op": op, "session": "a", "id": number}, {}) for op, number in (("look", 2), ("close", 3)))
    again = wire.pack({"op": "look", "session": "a", "id": 4}, {})
    for number, request in ((3, again), (2, close), (1, look), (0, given)):
        actor.send(number, request)
    for _ in range(4):
        header, _arrays = wire.unpack(next(replies))
        back[header["id"]] = header
    assert list(back) == [1, 2, 3, 4]
    assert back[1]["error"] is None and back[2]["error"] is None and back[3]["closed"]
    assert "not here" in str(back[4]["error"])


def test_a_lost_node_costs_no_session_its_place(pool, cluster):
    sessions = [pool.open(score(seed=seed)) for seed in range(4)]
    for session in sessions:
        session.advance(steps=9)
        session.set(pull=0.5)
    cluster.kill_node()
    frames = [session.advance(steps=5) for session in sessions]
    assert sum(session.recoveries > 0 for session in sessions) >= 1
    for seed, frame in enumerate(frames):
        alone = Session.start("descent", seed=seed)
        alone.run(steps=9)
        alone.set(pull=0.5)
        assert difference(alone.advance(steps=5), frame) is None
    for session in sessions:
        session.close()
    cluster.add_node()
    cluster.wait(2)


def test_no_cluster_is_told_in_one_sentence():
    import subprocess
    import sys

    code = "from engine.workers.cluster import RayPool, ClusterMissing\ntry:\n RayPool('127.0.0.1:1')\nexcept ClusterMissing as e: print('SAID', e)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert "SAID LATENT_LAB_RAY=127.0.0.1:1: no cluster answers there" in done.stdout, done.stderr[-500:]
    assert issubclass(ClusterMissing, RuntimeError) and RayPool.__doc__
