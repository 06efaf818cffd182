"""A broker that comes late, is killed in the middle of a batch, or stays away for a while."""

import time

import tables
from child import wait_for
from zombie import newest_commit, newest_file

# What the log must say while no broker answers, and what to do about it.
SAYS = "broker", r"kafka\.brokers"
# A question to the broker may take ten seconds until it is given up.
LATE_SECONDS, LATEST_WORD = 5, 15


def late(stage):
    """The aggregator is started first, the broker after it."""
    stage.make_topic()
    broker = stage.cluster.brokers[0]
    broker.kill()
    child = stage.start_aggregator()
    mark = stage.mark(child)
    time.sleep(LATE_SECONDS)
    wait_for(lambda: stage.says(child, mark, *SAYS)[1] or not child.running, LATEST_WORD)
    stage.expect(child.running, f"{child.name} ended with {child.code} without a broker:\n"
                 + child.last_words())
    stage.expect_said(child, mark, *SAYS)
    broker.start()
    broker.wait()
    stage.send()
    stage.recover()


def killed(stage):
    """The broker is killed while rows are written that no commit names yet, and started at once."""
    child = stage.work()
    table = tables.folder(stage.data, tables.SUBMISSIONS)
    in_batch = wait_for(lambda: newest_file(table) > newest_commit(table), 20, 0.0005)
    broker = stage.cluster.brokers[0]
    mark = stage.mark(child)
    broker.kill()
    stage.expect(in_batch, "the broker was not killed in the middle of a batch")
    broker.start()
    broker.wait()
    stage.recover()
    stage.expect_said(child, mark, *SAYS)


def down(stage):
    """The broker is away for longer than an aggregator may stand still while entries wait.

    It must not take the time without a broker for time in which it did nothing.
    """
    stage.aggregate["stall_seconds"] = max(5, stage.chosen.down * 2 // 3)
    child = stage.work()
    broker = stage.cluster.brokers[0]
    mark = stage.mark(child)
    broker.kill()
    time.sleep(stage.chosen.down)
    stage.expect_said(child, mark, *SAYS)
    broker.start()
    broker.wait()
    stage.recover()
    stage.notes.append(f"down for {stage.chosen.down} s")
