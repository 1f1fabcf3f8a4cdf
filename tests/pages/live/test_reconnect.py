"""A page that reconnects has two streams for a moment: the end of the old one leaves the new one be."""

from __future__ import annotations

import pytest

from tests.pages.tab import new_run, tab
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("workers")


def test_the_old_connections_end_does_not_silence_the_new_one():
    run = new_run()
    with tab(run) as old, tab(run) as new:
        assert len(run.listeners) == 2
        old.closed = 1001
        old.socket.close(1001)
        wait_until(lambda: len(run.listeners) == 1, "the server has not noticed that the old connection ended")
        run.problems["drawing"] = "changed from outside"
        run.wake()
        new.wait(lambda status: status["problems"].get("drawing") == "changed from outside")
    run.close()
