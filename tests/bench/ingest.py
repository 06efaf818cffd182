"""Journal to committed tables: zhibao beside a bare consumer and Spark, on the same topic in one run.

  ingest.py --program ZHIBAO --definitions DIR --scratch DIR [--returns 2000000] [--times 2]
            [--jars DIR] [--spark DIR] [--without-spark]

A broker is started (or ZHIBAO_TEST_KAFKA used), the topic made by `zhibao kafka init` and filled with
returns of 40 cells (ingest_returns.py). Then, one after the other and nothing beside the broker:

  bare     a consumer that counts messages                                 (ingest_reader.py)
  zhibao   `zhibao aggregate --until-idle`
  Spark    Structured Streaming into Delta, no checks                      (ingest_spark.py)

Of each the faster of two runs counts, with --times of more: what else goes on on a machine only adds time.
Spark's two are of one JVM, so that the faster is the warm one.

zhibao is timed from the start of its polling thread to the moment at which the commit is written that
rolls up the last return; start-up, reading back and the whole process are told as well. Spark is timed
twice: for the rows of the returns alone, and with the rolled-up rows of form and quality, which are zhibao's
but for units without a return and without what is due; the bar is for the latter. Every run must have taken
every return, and the province's sums of the first and the last month must be those of the generator. Ends
with 1 when a bar is missed.
"""

import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys
import threading
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path[1:1] = [str(HERE.parent / "kafka"), str(HERE.parent / "oracle")]

import delta_log
import ingest_returns
import ingest_spark
import installation
import tables
import topic
from broker import ENVIRONMENT, Cluster, Existing, Missing, Trouble

RETURNS = 2_000_000
SENDERS = 2
RUNS = 2
TIMES_SPARK, SHARE_OF_BARE = 5, 1 / 5
# Name of the thread in which zhibao polls the journal; it polls from its first moment on.
POLLS = "kafka-poll"
LOOK_SECONDS = 0.01
SUBMISSIONS, FINDINGS = tables.SUBMISSIONS, "context_findings"


def tell(text):
    """A line of progress with the time of day."""
    print(f"{datetime.datetime.now():%H:%M:%S} {text}", flush=True)


def answer_of(command, doing):
    """Runs one of the scripts beside this one; its lines of JSON."""
    # What the step before has written goes to the disk now, so that no step pays for another.
    os.sync()
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise Trouble(f"{doing} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


# --- zhibao -----------------------------------------------------------------------------------

class FirstPoll(threading.Thread):
    """Looks when a process begins to poll the journal, then ends."""

    def __init__(self, pid):
        super().__init__(name="first poll", daemon=True)
        self.pid, self.at = pid, None

    def run(self):
        """Looks at the names of its threads until the wanted one is there or it is gone."""
        while self.at is None:
            try:
                names = [path.read_text(encoding="utf-8").strip()
                         for path in pathlib.Path(f"/proc/{self.pid}/task").glob("*/comm")]
            except OSError:  # a thread has ended between listing and reading
                continue
            if not names:
                return
            if POLLS in names:
                self.at = time.time()
            time.sleep(LOOK_SECONDS)


class Run:
    """One run of `zhibao aggregate --until-idle` into an empty folder."""

    def __init__(self, bench, number):
        self.data = bench.scratch / f"data-{number}"
        settings = bench.settings(f"run-{number}", self.data)
        log, out = bench.scratch / f"run-{number}.log", bench.scratch / f"run-{number}.json"
        os.sync()
        with open(log, "wb") as stderr, open(out, "wb") as stdout:
            self.began = time.time()
            process = subprocess.Popen(bench.command(settings, "aggregate", "--until-idle"),
                                       stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
            look = FirstPoll(process.pid)
            look.start()
            # wait4 instead of wait: it tells the memory and the processor time of this one alone.
            _, status, used = os.wait4(process.pid, 0)
            self.ended = time.time()
        process.returncode = os.waitstatus_to_exitcode(status)
        look.join(1)
        if process.returncode or look.at is None:
            raise Trouble(f"zhibao aggregate ended with {process.returncode}:\n"
                          + log.read_text(encoding="utf-8", errors="replace")[-2000:])
        self.polled = look.at
        self.mib = used.ru_maxrss / 1024
        self.processor = used.ru_utime + used.ru_stime
        self.report = json.loads(out.read_text(encoding="utf-8"))
        self.bytes = sum(file.stat().st_size for file in (self.data / "tables").rglob("*.parquet"))
        self._read_logs()

    def _read_logs(self):
        """The moments of the commits: those at which their files in the logs were written."""
        first, *_ = settled = [version for version, actions in tables.log(self.data, SUBMISSIONS)
                               if any("txn" in action for action in actions)]
        self.commits = len(settled)
        self.first_settled = self._written(SUBMISSIONS, first)
        self.last_settled = self._written(SUBMISSIONS, settled[-1])
        self.rolled_up = self._rolled_up(ingest_returns.TABLE, settled[-1])
        self.found = self._rolled_up(FINDINGS, settled[-1])

    def _written(self, table, version):
        path = tables.folder(self.data, table) / "_delta_log" / f"{version:020}.json"
        return path.stat().st_mtime

    def _rolled_up(self, table, last):
        """When the table's first commit that shows version `last` of submissions was written."""
        for version, actions in tables.log(self.data, table):
            for action in actions:
                shown = action.get("txn", {})
                if shown.get("appId", "").startswith(tables.ROLL_UP) and shown["version"] == last:
                    return self._written(table, version)
        raise Trouble(f"{table} does not show version {last} of {SUBMISSIONS}, the last one")

    @property
    def seconds(self):
        """From the first poll to the roll-up that contains the last return."""
        return self.rolled_up - self.polled

    def stages(self):
        """What the whole process did when, in seconds."""
        moments = (("start: definitions, empty tables", self.polled),
                   ("first poll to first commit", self.first_settled),
                   (f"to the last of {self.commits} commits of submissions", self.last_settled),
                   (f"to the roll-up, {self.report['rows']} rows", self.rolled_up),
                   ("to the findings from context", self.found),
                   ("to the end: reading all back for the account", self.ended))
        before = self.began
        for name, at in moments:
            yield name, at - before
            before = at

    def check(self, of, returns, held):
        """Every return settled and in force, and the sums of two months as they must be."""
        intake = self.report["intake"]
        # The first aggregator announces its definitions: the topic holds a few entries more.
        for name, count, wanted in (("settled", self.report["settled"], held),
                                    ("effective", intake["effective"], returns),
                                    ("received", intake["received"], returns)):
            if count != wanted:
                raise Trouble(f"zhibao: {name} is {count}, not {wanted}")
        last = len(of.months) - 1
        for number in sorted({0, last}):
            wanted = ingest_returns.sums(of, returns, number)
            found = province_row(self.data, of.months[number].text)
            if found != wanted:
                raise Trouble(f"zhibao: sums of {of.months[number]} are {found}, not {wanted}")


def province_row(data, period):
    """The rolled-up cells of the province in a period."""
    names = [code.lower() for code in ingest_returns.CELLS]
    wanted = int(ingest_returns.PROVINCE.ljust(12, "0"))
    for path, values in delta_log.live_files(tables.folder(data, ingest_returns.TABLE)):
        if values.get("period") != period or ".own-" not in path.name:
            continue
        columns = tables.some_columns(path, ["unit", *names])
        if wanted in columns["unit"]:
            row = columns["unit"].index(wanted)
            return [columns[name][row] for name in names]
    raise Trouble(f"table {ingest_returns.TABLE} has no row of {wanted} for {period}")


# --- the bench --------------------------------------------------------------------------------

class Bench:
    """The broker with the topic, and what is run on it."""

    def __init__(self, chosen):
        self.chosen = chosen
        self.program = pathlib.Path(chosen.program).resolve()
        self.scratch = pathlib.Path(chosen.scratch).resolve()
        installation.empty(self.scratch)
        self.definitions = ingest_returns.with_form(chosen.definitions, self.scratch / "definitions")
        existing = os.environ.get(ENVIRONMENT, "").strip()
        if existing:
            self.cluster = Existing(existing)
        else:
            # As a broker is started that is to be fast, not as one that is killed all the time.
            self.cluster = Cluster(self.scratch / "kafka",
                                   chosen.jars or self.scratch.parent / "kafka-jars", 1, java=())
        self.mark = "" if self.cluster.may_be_killed else "." + uuid.uuid4().hex[:8]
        self.topic = topic.Topic(self.cluster.bootstrap, "zhibao.ingest" + self.mark)

    def settings(self, name, data, listen=None):
        """Writes a settings file: the defaults but for the places."""
        quoted = installation.quoted
        lines = [f"data = {quoted(data)}", f"definitions = {quoted(self.definitions)}", "",
                 "[kafka]", f"brokers = {quoted(self.cluster.bootstrap)}",
                 f"topic = {quoted(self.topic.name)}", f"group = {quoted('ingest' + self.mark)}",
                 "replication = 1", "min_in_sync = 1"]
        if listen:
            lines += ["", "[aggregate]", f"listen = {quoted(listen)}"]
        path = self.scratch / f"{name}.toml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def command(self, settings, *arguments):
        """A command line of the program."""
        return [str(self.program), "--settings", str(settings), "--lang", "en", "--format", "json",
                "--no-progress", *arguments]

    def fill(self):
        """Makes the topic by the program and fills it."""
        self.cluster.start()
        settings = self.settings("init", self.scratch / "data-init")
        done = subprocess.run(self.command(settings, "kafka", "init"), capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=120, check=False)
        if done.returncode:
            raise Trouble(f"zhibao kafka init ended with {done.returncode}:\n"
                          + done.stdout + done.stderr)
        began = time.monotonic()
        script = HERE / "ingest_returns.py"
        senders = [subprocess.Popen(
            [sys.executable, script, "--definitions", self.definitions, "--returns",
             str(self.chosen.returns), "--brokers", self.cluster.bootstrap, "--topic",
             self.topic.name, "--share", f"{number}/{SENDERS}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
            for number in range(1, SENDERS + 1)]
        said = [sender.communicate()[0] for sender in senders]
        if any(sender.returncode for sender in senders):
            raise Trouble("the topic was not filled")
        size = sum(json.loads(text)["bytes"] for text in said)
        held = self.held()
        if held != self.chosen.returns:
            raise Trouble(f"the topic holds {held} returns, not {self.chosen.returns}")
        tell(f"{held} returns of {size / held:.0f} bytes in topic {self.topic.name}, filled in "
             f"{time.monotonic() - began:.0f} s")

    def held(self):
        """How many entries the topic holds."""
        return sum(self.topic.ends().values())

    def bare(self):
        """The bare consumer; the seconds of its fastest run."""
        taken = []
        for _ in range(self.chosen.times):
            found, = answer_of([sys.executable, HERE / "ingest_reader.py", "--brokers",
                                self.cluster.bootstrap, "--topic", self.topic.name], "the consumer")
            if found["messages"] != self.chosen.returns:
                raise Trouble(f"the consumer saw {found['messages']} messages")
            taken.append(found["seconds"])
            tell(f"bare consumer: {found['seconds']:.2f} s")
        return min(taken)

    def zhibao(self):
        """Our runs, each checked."""
        of = ingest_returns.plan(self.definitions, self.chosen.returns)
        runs = []
        for number in range(1, self.chosen.times + 1):
            run = Run(self, number)
            tell(f"zhibao: {run.seconds:.2f} s, whole process {run.ended - run.began:.2f} s, "
                 f"{run.mib:.0f} MiB at most")
            run.check(of, self.chosen.returns, self.held())
            runs.append(run)
        return runs

    def spark(self):
        """Seconds of the warm run for the returns alone, and with the rolled-up rows."""
        python, jars = ingest_spark.install(self.chosen.spark or self.scratch.parent / "spark")
        of = ingest_returns.plan(self.definitions, self.chosen.returns)
        units = self.scratch / "units.csv"
        ingest_returns.write_units(self.definitions, of, units)
        # The first and the last month, and of the first quarter what its last month has.
        periods = {of.months[0].text: 0, of.months[-1].text: len(of.months) - 1}
        if len(of.months) > 3:
            periods["%d-Q1" % ingest_returns.FIRST_MONTH[0]] = 2
        top = ingest_returns.PROVINCE.ljust(12, "0")
        runs = answer_of([python, HERE / "ingest_spark.py", "--jars", jars, "--brokers",
                          self.cluster.bootstrap, "--topic", self.topic.name, "--scratch",
                          self.scratch / "spark", "--cells", ",".join(ingest_returns.CELLS),
                          "--units", units, "--sums", ",".join(f"{top}@{of}" for of in periods)],
                         "Spark")
        for run in runs:
            tell(f"Spark, run {run['run']}: {run['seconds']:.2f} s, {run['files']} files; rolled up "
                 f"in {run['more_seconds']:.2f} s more, rows {run['rolled_up']}")
            if run["rows"] != self.held():
                raise Trouble(f"Spark wrote {run['rows']} rows, the topic holds {self.held()}")
        if runs[-1]["filled"] != self.chosen.returns:
            raise Trouble(f"Spark read the amounts of {runs[-1]['filled']} returns only")
        returns = self.chosen.returns
        wanted = [ingest_returns.sums(of, returns, month) for month in periods.values()]
        count = [sum(ingest_returns.sent(of, returns, month)
                     for month in (range(3) if "Q" in period else [last]))
                 for period, last in periods.items()]
        if (runs[-1]["sums"], runs[-1]["received"]) != (wanted, count):
            raise Trouble(f"Spark: sums and returns are {runs[-1]['sums']}, {runs[-1]['received']}, not "
                          f"{wanted}, {count}")
        alone = min(run["seconds"] for run in runs)
        return alone, min(run["seconds"] + run["more_seconds"] for run in runs)

    def end(self):
        """Ends the broker."""
        self.cluster.forget(self.topic.name)
        self.cluster.end()


# --- the result -------------------------------------------------------------------------------

def table(returns, rows):
    """Prints name, seconds, returns a second."""
    print(f"\n{'':<44}{'seconds':>9}{'returns/s':>12}")
    for name, seconds in rows:
        print(f"{name:<44}{seconds:>9.2f}{returns / seconds:>12,.0f}")


def judge(name, ratio, bar):
    """Prints a ratio beside its bar; whether it is reached."""
    verdict = "reached" if ratio >= bar else "MISSED"
    print(f"{name:<44}{ratio:>9.2f}   at least {bar:.2f}: {verdict}")
    return ratio >= bar


def conclude(chosen, bare, runs, spark):
    """Prints the tables; the exit code."""
    run = min(runs, key=lambda one: one.seconds)
    rows = [("bare consumer", bare), ("zhibao, first poll to roll-up", run.seconds),
            ("zhibao, whole process", run.ended - run.began)]
    if spark:
        rows += [("Spark, the returns alone", spark[0]), ("Spark, returns and rolled-up rows", spark[1])]
    table(chosen.returns, rows)
    print(f"\nzhibao, {run.mib:.0f} MiB at most, {run.processor:.1f} s of processor time, "
          f"{run.bytes / 2**20:.0f} MiB of tables:")
    for name, seconds in run.stages():
        print(f"  {name:<50}{seconds:>9.2f}")
    print()
    good = [judge("zhibao / bare consumer", bare / run.seconds, SHARE_OF_BARE)]
    if spark:
        good.append(judge("zhibao / Spark, which rolls up as well", spark[1] / run.seconds, TIMES_SPARK))
        print(f"{'zhibao / Spark, which does not roll up':<44}{spark[0] / run.seconds:>9.2f}")
    else:
        print("NOT RUN: Spark, left out by --without-spark")
    if chosen.returns != RETURNS:
        print(f"the bars are those of {RETURNS} returns")
    return 0 if all(good) and spark else 1


def bench(chosen):
    """The whole run; the exit code."""
    place = Bench(chosen)
    try:
        if not chosen.without_spark:
            ingest_spark.install(chosen.spark or place.scratch.parent / "spark")
        place.fill()
        bare = place.bare()
        runs = place.zhibao()
        spark = [] if chosen.without_spark else place.spark()
        return conclude(chosen, bare, runs, spark)
    except (FileNotFoundError, RuntimeError) as error:
        raise Missing(str(error)) from error
    finally:
        place.end()


def main():
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the zhibao program, built for release")
    parser.add_argument("--definitions", required=True, help="folder of the definitions")
    parser.add_argument("--scratch", required=True, help="folder for data and logs; emptied first")
    parser.add_argument("--returns", type=int, default=RETURNS)
    parser.add_argument("--times", type=int, default=RUNS, help="runs of the consumer and of zhibao")
    parser.add_argument("--jars", help="folder of Kafka's jars (default: beside scratch)")
    parser.add_argument("--spark", help="folder of Spark and its jars (default: beside scratch)")
    parser.add_argument("--without-spark", action="store_true")
    chosen = parser.parse_args()
    return installation.guarded(lambda: bench(chosen))


if __name__ == "__main__":
    sys.exit(main())
