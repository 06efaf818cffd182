"""One installation under test: settings, topic, aggregators, a load, and the check at the end."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid

import checker
import load
import tables
import topic
from broker import HOST, Missing, Trouble, free_port, open_cluster
from child import Child, wait_for
from returns import Returns

SESSION_SECONDS = 6
# Tells that a folder was made by a fault test and may be emptied by the next one.
MARK = "scratch-of-a-fault-test"
# SIGTERM is answered by a clean end.
CLEAN = 0


class Installation:
    """The program with its settings on a broker; everything it started ends with it."""

    def __init__(self, chosen, brokers=1, replication=1, min_in_sync=1, cluster=None):
        self.scratch = pathlib.Path(chosen.scratch).resolve()
        self.program = pathlib.Path(chosen.program).resolve()
        self.definitions = pathlib.Path(chosen.definitions).resolve()
        empty(self.scratch)
        jars = chosen.jars or self.scratch.parent / "kafka-jars"
        self.cluster = cluster or open_cluster(self.scratch / "kafka", jars, brokers)
        self.replication, self.min_in_sync = replication, min_in_sync
        self.data = self.scratch / "data"
        self.positions = tables.Positions(self.data)
        # A broker that is there already may hold the topic of another run.
        mark = "" if self.cluster.may_be_killed else "." + uuid.uuid4().hex[:8]
        self.topic = topic.Topic(self.cluster.bootstrap, "zhibao.returns" + mark)
        self.group = "zhibao" + mark
        # Further lines of the settings.
        self.more = []
        self.aggregators = []
        self.ended = []
        self.started = 0
        self.load = None
        self.failures = []
        self.patience = chosen.patience

    # --- the program ------------------------------------------------------------------------

    def settings(self, name, listen=None, append_seconds=30):
        """Writes a settings file and returns its path."""
        lines = [f"data = {quoted(self.data)}", f"definitions = {quoted(self.definitions)}",
                 "", "[kafka]",
                 f"brokers = {quoted(self.cluster.bootstrap)}",
                 f"topic = {quoted(self.topic.name)}", f"group = {quoted(self.group)}",
                 f"replication = {self.replication}", f"min_in_sync = {self.min_in_sync}",
                 f"session_timeout_seconds = {SESSION_SECONDS}",
                 f"append_timeout_seconds = {append_seconds}"]
        if listen:
            lines += ["", "[aggregate]", f"listen = {quoted(listen)}"]
        lines += self.more
        path = self.scratch / f"{name}.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def command(self, settings, *arguments):
        """A command line of the program."""
        return [str(self.program), "--settings", str(settings), "--lang", "en", "--format", "json",
                "--no-progress", *map(str, arguments)]

    def run(self, *arguments, append_seconds=30):
        """Runs a command of the program to its end."""
        settings = self.settings("command", append_seconds=append_seconds)
        return subprocess.run(self.command(settings, *arguments), capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=180, check=False)

    def begin(self):
        """Starts the broker and makes the topic."""
        self.cluster.start()
        return self.make_topic()

    def make_topic(self):
        """Makes the topic by the program."""
        for arguments in (("kafka", "init"), ("kafka", "check")):
            done = self.run(*arguments)
            if done.returncode:
                raise Trouble(f"zhibao {' '.join(arguments)} ended with {done.returncode}:\n"
                              + done.stdout + done.stderr)
        return self

    # --- aggregators ------------------------------------------------------------------------

    def start_aggregator(self):
        """Starts one more aggregator; its log stands in the scratch folder."""
        self.started += 1
        name = f"aggregator-{self.started}"
        listen = f"{HOST}:{free_port()}"
        settings = self.settings(name, listen)
        child = Child(name, self.command(settings, "aggregate"), self.scratch / f"{name}.log",
                      listen)
        self.aggregators.append(child.start())
        return child

    def awake(self):
        """Aggregators that run and are not paused."""
        return [child for child in self.aggregators if child.running and not child.paused]

    def leave(self, child):
        """Takes an aggregator that was ended on purpose off the list."""
        self.aggregators.remove(child)
        self.ended.append(child)

    def note_deaths(self):
        """Takes aggregators off the list that ended by themselves, which none should."""
        dead = [child for child in self.aggregators if not child.running]
        for child in dead:
            self.leave(child)
            self.failures.append(f"{child.name} ended by itself with {child.code}:\n"
                                 + child.last_words())
        return len(dead)

    def stop_aggregator(self, child, seconds=30):
        """Ends an aggregator by SIGTERM and notes when it does not end cleanly."""
        code = child.stop(seconds)
        self.leave(child)
        # Asked before it had begun: the system ends a program that does not listen yet.
        unheard = code == -signal.SIGTERM and not child.said()
        if code != CLEAN and not unheard:
            how = f"did not end within {seconds} s" if code is None else f"ended with {code}"
            self.failures.append(f"{child.name} {how} after SIGTERM:\n{child.last_words()}")

    # --- the load ---------------------------------------------------------------------------

    def start_load(self, seed, rate, **shape):
        """Begins to send returns."""
        made = Returns(self.definitions, seed, **shape)
        self.load = load.Load(self.cluster.bootstrap, self.topic.name, made, rate)
        self.load.start()
        return self.load

    def wait_for_first_rows(self, seconds=120):
        """Waits until the first entries are settled, so that faults hit a running system."""
        def begun():
            return self.settled() or not all(child.running for child in self.aggregators)
        if not wait_for(begun, seconds) or not self.settled():
            raise Trouble("the aggregators settled nothing:\n" + "\n".join(
                child.name + "\n" + child.last_words() for child in self.aggregators))

    def settled(self):
        """How many entries the tables hold."""
        return sum(self.positions.now().values())

    # --- the end ----------------------------------------------------------------------------

    def finish(self, every_cell=True, copies=False):
        """Ends the load, waits until all is rolled up, ends the aggregators, checks; the report.

        `copies`: a broker of several was killed, so that the load's client may have made some.
        """
        if not self.load.end():
            self.failures.append(f"{self.load.open} messages were never acknowledged; "
                                 f"refused: {dict(self.load.refused)}")
        entries, ends = self.topic.entries()
        topic.write(self.scratch / "journal.jsonl", entries)
        load.write(self.scratch / "acknowledged.jsonl", self.load.acknowledged)
        look = checker.Checker(self.data, self.definitions).take(entries)
        self._wait_until_rolled_up(look, ends)
        self._look_at_metrics()
        self.note_deaths()
        # A stale roll-up that is still on its way would show after this, and not before.
        for child in list(self.aggregators):
            self.stop_aggregator(child)
        report = look.report(list(self.load.acknowledged), ends, self.load.times_sent,
                             self.load.ids, every_cell, copies)
        report.print()
        return report

    def _wait_until_rolled_up(self, look, ends):
        began = time.monotonic()
        wanted = {partition: end for partition, end in ends.items() if end}
        if not wait_for(lambda: self.positions.now() == wanted, self.patience, 0.3):
            self.failures.append(f"not everything was settled within {self.patience} s")
        settled = time.monotonic()
        if not wait_for(lambda: self._agrees(look), self.patience, 0.5):
            self.failures.append(f"the roll-up was not right within {self.patience} s")
        print(f"settled {settled - began:.1f} s behind the load, rolled up "
              f"{time.monotonic() - settled:.1f} s later; roll-up positions "
              f"{tables.rolled_up(self.data, look.form.table)} of version "
              f"{tables.last_version(self.data)}", flush=True)

    @staticmethod
    def _agrees(look):
        try:
            return look.compare_some().differences == 0
        except (OSError, ValueError):
            return False  # a file was replaced while we read

    def _look_at_metrics(self):
        """The program's own count of what is unaccounted must be 0."""
        seen = 0
        for child in self.awake():
            for line in metrics(child.settings):
                if "unaccounted" in line and not line.startswith("#"):
                    seen += 1
                    if float(line.split()[-1]) != 0:
                        self.failures.append(f"{child.name} says {line}")
        print(f"metrics: {seen} lines of {len(self.awake())} aggregators say what is unaccounted",
              flush=True)
        if not seen:
            self.failures.append("NOT RUN: no aggregator's metrics say what is unaccounted")

    def end(self):
        """Ends everything that was started, by its id."""
        if self.load is not None:
            self.load.abandon()
        for child in self.aggregators:
            child.kill()
        self.cluster.forget(self.topic.name)
        self.cluster.end()


def empty(folder):
    """Makes a folder for this run; takes away only what an earlier run has left."""
    mark = folder / MARK
    if folder.exists() and any(folder.iterdir()):
        if not mark.exists():
            raise Trouble(f"{folder} holds something else; name a folder of its own with --scratch")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    mark.touch()


def metrics(address):
    """Lines of an aggregator's metrics; none when it does not answer."""
    try:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=5) as answer:
            return answer.read().decode("utf-8", "replace").splitlines()
    except (OSError, urllib.error.URLError):
        return []


def quoted(text):
    """A text in a TOML file."""
    return json.dumps(str(text), ensure_ascii=False)


def add_arguments(parser):
    """Arguments that all fault tests take."""
    parser.add_argument("--program", required=True, help="the zhibao program")
    parser.add_argument("--definitions", required=True, help="folder of the definitions")
    parser.add_argument("--scratch", required=True, help="folder for data and logs; emptied first")
    parser.add_argument("--jars", help="folder of Kafka's jars (default: beside scratch)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=200, help="returns a second")
    parser.add_argument("--patience", type=int, default=120,
                        help="seconds that the aggregators have to catch up at the end")


def conclude(installation, report):
    """Prints what went wrong besides the counts; the exit code."""
    for failure in installation.failures:
        print("failed: " + failure)
    good = report is not None and report.good and not installation.failures
    print("passed" if good else "FAILED", flush=True)
    return 0 if good else 1


def guarded(test):
    """Runs a test so that what it started ends however it ends; the exit code."""
    # Without this a SIGTERM from outside would leave brokers and aggregators behind.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        return test()
    except Missing as missing:
        print(f"NOT RUN: {missing}", file=sys.stderr)
        return 3
    except Trouble as trouble:
        print(f"FAILED: {trouble}", file=sys.stderr)
        return 1
    finally:
        sys.stdout.flush()


def refuses_to_kill(what):
    """Whether the broker is somebody else's, with a line that says what was not run for that."""
    existing = os.environ.get("ZHIBAO_TEST_KAFKA", "").strip()
    if existing:
        print(f"NOT RUN: {what}: ZHIBAO_TEST_KAFKA={existing} is not ours to kill; unset it to let "
              "the test start brokers of its own", flush=True)
    return bool(existing)
