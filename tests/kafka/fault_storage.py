"""The object store below the tables answers 500, before or after it did what was asked, or is gone.

A commit whose answer is lost may stand or not. The service cannot know: it must read again what the
tables say, and go on from there. The client repeats a failed request by itself, so single errors
pass unseen; for a while every request fails, which it must tell.
"""

import time

import tables
from broker import Missing
from storage import ACCESS_KEY, REGION, SECRET_KEY, Storage
from storage_proxy import AFTER, BEFORE, Proxy

SHARE, SHARE_SECONDS = 0.2, 8
ALL_SECONDS = 6
# Requests are repeated for ten seconds before the service hears of it, and that pauses then.
RECOVER_SECONDS = 60


def errors_before(stage):
    """The server refuses what it has not begun."""
    _fail(stage, BEFORE)


def errors_after(stage):
    """The server has done it, and the answer is lost."""
    _fail(stage, AFTER)


def gone(stage):
    """Nobody answers at the server's address."""
    child, proxy = _work_on_bucket(stage)
    mark = stage.mark(child)
    proxy.down()
    time.sleep(ALL_SECONDS + 12)
    proxy.heal()
    stage.recover(RECOVER_SECONDS)
    stage.expect_said(child, mark, "S3|tables")


def _fail(stage, when):
    child, proxy = _work_on_bucket(stage)
    mark = stage.mark(child)
    proxy.fail_share(SHARE, stage.chosen.seed, when)
    time.sleep(SHARE_SECONDS)
    settled = stage.settled()
    proxy.fail_share(1.0, stage.chosen.seed, when)
    time.sleep(ALL_SECONDS)
    proxy.heal()
    stage.recover(RECOVER_SECONDS)
    failed = proxy.failed_before + proxy.failed_after
    stage.notes.append(f"{failed} requests failed, {settled} settled before all did")
    stage.expect(stage.settled() > settled, "nothing was settled afterwards")
    stage.expect_said(child, mark, "read again|made again|cannot be used")


def _work_on_bucket(stage):
    """Lets an aggregator work on tables in a bucket behind a proxy; the aggregator and the proxy."""
    if not stage.chosen.storage:
        raise Missing("no S3 gateway is named; do so with --storage")
    storage = stage.closing.enter_context(Storage(stage.chosen.storage, stage.scratch / "storage"))
    proxy = stage.closing.enter_context(Proxy(storage.address))
    stage.data = storage.root / storage.bucket
    stage.positions = tables.Positions(stage.data)
    stage.more = ["", "[tables]", f'url = "s3://{storage.bucket}/tables"',
                  f'endpoint = "http://{proxy.address}"', f'region = "{REGION}"',
                  f'access_key_id = "{ACCESS_KEY}"', f'secret_access_key = "{SECRET_KEY}"',
                  "allow_http = true"]
    return stage.work(), proxy
