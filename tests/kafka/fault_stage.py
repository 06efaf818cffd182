"""What every fault needs: an installation with a topic of its own on the broker that all share."""

import argparse
import contextlib
import json
import pathlib
import re
import threading
import time
import urllib.error
import urllib.request

import installation
import topic
from child import Child, wait_for

# Few villages, so that the comparison of every cell at the end takes little of a fault's time.
SHAPE = {"months": ("2023-01",), "counties": 8, "townships": 2}
# A program that refuses says so at once; definitions and tables are read before.
REFUSE_SECONDS = 12
REFUSED = 3
EVERY = 0.05
START_SECONDS = 30
# An outage that lasts a night must not fill the disk with what is said about it.
MOST_LINES, MOST_LINES_A_SECOND = 40, 4
SHOWN_LINES, SHOWN_LENGTH = 4, 300


class Stage(installation.Installation):
    """One fault: what runs, what is said, how long it takes to get over it."""

    def __init__(self, chosen, cluster, name):
        apart = vars(chosen) | {"scratch": pathlib.Path(chosen.scratch) / name}
        super().__init__(argparse.Namespace(**apart), cluster=cluster)
        self.chosen = chosen
        self.name = name
        self.topic = topic.Topic(cluster.bootstrap, f"{self.topic.name}.{name}")
        self.group = f"{self.group}.{name}"
        self.prefix = []
        self.closing = contextlib.ExitStack()
        self.aggregate = {}
        self.recoveries = []
        self.notes = []
        self.watches = []

    # --- at work ----------------------------------------------------------------------------

    def command(self, settings, *arguments):
        """A command line of the program, behind what a fault puts in front of it."""
        return [*self.prefix, *super().command(settings, *arguments)]

    def settings(self, name, listen=None, append_seconds=30):
        """Writes a settings file, with what a fault asks of the aggregator; its path."""
        path = super().settings(name, listen, append_seconds)
        if listen:
            line = f"listen = {installation.quoted(listen)}\n"
            more = "".join(f"{key} = {number}\n" for key, number in self.aggregate.items())
            path.write_text(path.read_text(encoding="utf-8").replace(line, line + more),
                            encoding="utf-8")
        return path

    def send(self):
        """Begins to send returns."""
        return self.start_load(self.chosen.seed, self.chosen.rate, **SHAPE)

    def work(self):
        """Makes the topic, starts an aggregator and a load until there are rows; the aggregator."""
        self.make_topic()
        child = self.start_aggregator()
        self.send()
        self.wait_for_first_rows()
        return child

    def expect(self, holds, text):
        """Notes what does not hold."""
        if not holds:
            self.failures.append(text)
        return holds

    @staticmethod
    def says(child, mark, *patterns):
        """The warnings and errors behind a mark, and those of them that say all of this."""
        troubles = [text for level, text in lines(child.said(mark[0])) if level in ("WARN", "ERROR")]
        return troubles, [text for text in troubles if all(
            re.search(pattern, text, re.IGNORECASE) for pattern in patterns)]

    def expect_said(self, child, mark, *patterns):
        """Demands one warning or error behind a mark that says all of this, and not too many."""
        seconds = time.monotonic() - mark[1]
        troubles, found = self.says(child, mark, *patterns)
        self.notes.append(f"{len(troubles)} warnings in {seconds:.0f} s")
        self.expect(found, f"no line of {child.name}'s log says {' and '.join(patterns)}; it "
                    "says:\n" + shown(dict.fromkeys(troubles)))
        self.expect(len(troubles) <= MOST_LINES + MOST_LINES_A_SECOND * seconds,
                    f"{child.name} wrote {len(troubles)} warnings in {seconds:.0f} s, the last "
                    "ones:\n" + shown(troubles[-SHOWN_LINES:]))

    @staticmethod
    def mark(child):
        """The place in a log behind what is written so far, and the moment."""
        return child.mark(), time.monotonic()

    def acknowledged_ends(self):
        """The offset behind the last acknowledged entry of each partition."""
        ends = {}
        for one in list(self.load.acknowledged):
            ends[one.partition] = max(ends.get(one.partition, 0), one.offset + 1)
        return ends

    def recover(self, seconds=60):
        """Waits until new returns and all that were acknowledged before them are in the tables.

        To be called when the cause is gone; nothing is restarted here.
        """
        began = time.monotonic()
        self.expect(self.load.wait_for_more(1, seconds), f"no acknowledgement within {seconds} s")
        goal = self.acknowledged_ends()

        def reached():
            at = self.positions.now()
            return all(at.get(partition, 0) >= end for partition, end in goal.items())
        wait_for(lambda: reached() or not self.awake(), seconds, EVERY)
        good = reached()
        took = time.monotonic() - began
        if self.expect(good, f"not recovered {took:.0f} s behind the end of the cause, "
                             f"{len(self.awake())} aggregators run"):
            self.recoveries.append(took)
        return good

    def watch(self, child):
        """Begins to ask an aggregator how it is."""
        self.watches.append(Watch(child.settings))
        self.watches[-1].start()
        return self.watches[-1]

    def refuses(self, *arguments):
        """Runs a command that must refuse; its exit code and all it says.

        None stands for the code of one that does not end.
        """
        self.started += 1
        name = f"refused-{self.started}"
        child = Child(name, self.command(self.settings(name), *arguments),
                                   self.scratch / f"{name}.log").start()
        try:
            wait_for(lambda: not child.running, REFUSE_SECONDS, EVERY)
            return child.code, child.said()
        finally:
            child.kill()

    # --- the end ----------------------------------------------------------------------------

    def finish(self, every_cell=True):
        """Checks everything; where the aggregators have died, with another one in their place."""
        for watch in self.watches:
            watch.end()
        if self.note_deaths() and not self.awake():
            self.start_aggregator()
            # What it writes into the journal itself has to be there before that is read.
            wait_for(lambda: self.settled() or not self.awake(), START_SECONDS)
        return super().finish(every_cell)

    def end(self):
        """Ends what this fault has started; the broker stays for the next one."""
        for watch in self.watches:
            watch.end()
        if self.load is not None:
            self.load.abandon()
        for child in self.aggregators:
            child.kill()
        self.closing.close()
        self.cluster.forget(self.topic.name)


class Watch(threading.Thread):
    """Asks `/live` and `/ready` all the time and keeps the answers with their moments."""

    def __init__(self, address):
        super().__init__(name="watch", daemon=True)
        self.address = address
        self.live, self.ready = [], []
        self._ending = threading.Event()

    def run(self):
        """Asks until told to end."""
        while not self._ending.wait(EVERY):
            for path, answers in (("live", self.live), ("ready", self.ready)):
                answers.append((time.monotonic(), answer(self.address, path)[0]))

    def end(self):
        """Ends it."""
        self._ending.set()
        self.join(10)

    def is_ready(self):
        """The last answer to `/ready`."""
        return bool(self.ready) and self.ready[-1][1] == 200

    def not_ready_since(self, moment):
        """Whether `/ready` has said no since then."""
        return any(code == 503 for when, code in list(self.ready) if when >= moment)

    def flaps(self, begin, end):
        """How often between two moments `/ready` said yes again, and how often it was asked."""
        codes = [code for when, code in list(self.ready) if begin <= when < end]
        return sum(code == 200 for code in codes), len(codes)

    def dead(self):
        """How often `/live` did not say yes, once it had."""
        codes = [code for _, code in self.live]
        begun = codes.index(200) if 200 in codes else len(codes)
        return sum(code != 200 for code in codes[begun:])


def answer(address, path):
    """Status and text of an answer; None and the reason when there is none."""
    try:
        with urllib.request.urlopen(f"http://{address}/{path}", timeout=5) as found:
            return found.status, found.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode("utf-8", "replace")
    except OSError as error:
        return None, str(error)


def conflicts(address):
    """How many commits others were faster than, by an aggregator's metrics; 0 when it is silent."""
    return max((float(line.split()[-1]) for line in installation.metrics(address)
                if "conflict" in line and not line.startswith("#")), default=0.0)


def shown(texts):
    """The first ones of some lines, for a message."""
    return "\n".join("    " + text[:SHOWN_LENGTH] for text in list(texts)[:SHOWN_LINES])


def lines(text):
    """Level and text, fields included, of each line of a log."""
    for line in text.splitlines():
        try:
            found = json.loads(line)
            fields = dict(found["fields"])
            message = fields.pop("message", "")
            rest = " ".join(f"{name}={content}" for name, content in fields.items())
            yield found["level"], f"{message} {rest}".strip()
        except (ValueError, TypeError, KeyError):
            # What the program says when it ends is no line of the log.
            yield "ERROR", line
