"""The processes of docker-compose.yml with its settings, without containers.

  compose.py --program ZHIBAO --definitions DIR --scratch DIR [--file docker-compose.yml]
             [--jars DIR] [--patience 120] [--storage PROGRAM]

Looks for what in the file would not start or would lose data (`compose_file.py`), then starts the
broker, the command that makes its topic, and every aggregator, with the settings that stand in the
file; only folders, addresses, ports and keys are replaced, and each replacement is printed. In the
place of the file's S3 server stands PROGRAM, the S3 gateway `versitygw`; without one the tables lie
in a folder, and a line says what was not run. Returns are handed in as `docker compose run --rm
zhibao submit FILE` would do it, the rolled-up numbers are asked of `sql`, the rows of the tables
are read from the bucket's files, `/ready` and `/metrics` are read, and SIGTERM must end every
aggregator in the time that the file gives it. Where Docker has its compose, that reads the file as
well; the containers themselves are not started, and the last lines say so. ZHIBAO_TEST_KAFKA is not
heeded: how the broker is set up is part of what is tested.
"""

import argparse
import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request

import installation
import returns
import tables
from broker import HOST, KAFKA, Cluster, Trouble, ask, free_port
from child import Child, wait_for
from compose_file import COMPLETED, Compose, Unreadable, broker_settings, waits_for
from storage import ACCESS_KEY, REGION, SECRET_KEY, Storage

MONTH = "2023-01"
# Every so many villages send a correction as well.
CORRECTED = 5
# Where the broker listens and keeps its data is this machine's affair; all else is the file's.
OF_THE_PLACE = ("listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs")


class Processes:
    """What the file starts, as processes of this machine."""

    def __init__(self, chosen):
        self.file = Compose(chosen.file)
        self.scratch = pathlib.Path(chosen.scratch).resolve()
        self.program = pathlib.Path(chosen.program).resolve()
        self.definitions = pathlib.Path(chosen.definitions).resolve()
        self.patience = chosen.patience
        installation.empty(self.scratch)
        jars = chosen.jars or self.scratch.parent / "kafka-jars"
        self.cluster = Cluster(self.scratch / "kafka", jars, len(self.file.of_broker()))
        self.data = self.scratch / "data"
        self.storage = None
        if chosen.storage:
            # The bucket is this server's folder; the file's own client makes it in containers.
            made = [bucket for name in self.file.of_client() for _, bucket in self.file.buckets(name)]
            if len(made) != 1:
                raise Trouble(f"the file makes the buckets {made}; this test knows one")
            self.storage = Storage(chosen.storage, self.scratch / "storage", made[0])
        self.children = {}
        self.listening = {}
        self.failures = []
        self.told = set()

    def replaced(self, what, old, new):
        """Says once what is not as in the file."""
        if (what, old, new) not in self.told:
            self.told.add((what, old, new))
            print(f"replaced: {what} {old} by {new}", flush=True)
        return str(new)

    # --- the broker -------------------------------------------------------------------------

    def start_brokers(self):
        """Starts each broker with what its variables say."""
        for name, broker in zip(self.file.of_broker(), self.cluster.brokers):
            image = self.file.services[name]["image"]
            if image != f"apache/kafka:{KAFKA}":
                self.failures.append(f"{name}: {image}, but the tests run {KAFKA}")
            wanted = broker_settings(self.file.environment(name))
            usual = dict(line.split("=", 1) for line in broker.properties().splitlines())
            kept = len(wanted.keys() - set(OF_THE_PLACE))
            print(f"{name}: {kept} settings of the broker as in the file", flush=True)
            here = {key: listening(wanted, broker) for key in ("listeners", "advertised.listeners")}
            for key in OF_THE_PLACE:
                old = wanted.get(key, "(not set)")
                new = here[key](old) if key in here else usual[key]
                wanted[key] = self.replaced(f"{name} {key}", old, new)
            text = "".join(f"{key}={value}\n" for key, value in wanted.items())
            broker.properties = lambda text=text: text
        self.cluster.start()
        # The healthcheck's own program is not among the artifacts; it asks for just this.
        topics = ask(self.cluster.bootstrap, 10)
        if topics is None:
            raise Trouble("the broker does not list its topics, which is its healthcheck")
        if topics.topics:
            self.failures.append(f"topics came into being by themselves: {sorted(topics.topics)}")

    # --- the bucket -------------------------------------------------------------------------

    def start_storage(self, name):
        """Starts the S3 server that stands for the file's; with the bucket, if a client makes it."""
        if self.storage is None:
            print(f"{name}: NOT RUN, no S3 gateway is named", flush=True)
        elif name in self.file.of_client():
            print(f"{name}: bucket {self.storage.bucket} made without "
                  f"{self.file.services[name]['image']}, which is NOT RUN", flush=True)
        else:
            self.replaced(f"{name} image", self.file.services[name]["image"], "the S3 gateway")
            self.storage.start()
            print(f"{name}: started, process {self.storage.child.pid}", flush=True)

    def of_the_bucket(self, before):
        """What is other here in the section that names the bucket."""
        here = {"endpoint": f"http://{self.storage.address}", "region": REGION,
                "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY}
        return {("tables", key): self.replaced(f"tables.{key}", before[key], new)
                for key, new in here.items() if before.get(key, new) != new}

    def tables_place(self):
        """Folder that holds the folder of the tables: the bucket's, or that of the data."""
        if self.storage is None:
            return self.data
        urls = {self.file.effective(name).get("tables", {}).get("url")
                for name in self.file.running("aggregate")}
        if urls != {f"s3://{self.storage.bucket}/tables"}:
            raise Trouble(f"the tables are in {urls}; this test reads `tables` of the one bucket")
        return self.storage.root / self.storage.bucket

    def read_rows(self, handed_in):
        """Reads the tables' own files: they lie where they should, and each return has its row."""
        place = self.tables_place()
        rows = {row.place for row in tables.rows(place)}
        missing = handed_in - rows
        print(f"tables: {len(rows)} rows in {place.relative_to(self.scratch)}, for "
              f"{len(handed_in) - len(missing)} of {len(handed_in)} returns handed in", flush=True)
        if missing:
            self.failures.append(f"no rows for {sorted(missing)[:5]}")
        if self.storage is not None and (self.data / "tables").exists():
            self.failures.append("there are tables in the data folder beside those in the bucket")

    # --- the program ------------------------------------------------------------------------

    def place(self, what, path):
        """Where a folder of the containers is here."""
        here = {"data": self.data, "definitions": self.definitions}[what]
        return self.replaced(what, path, here)

    def settings_file(self, name, target, content):
        """A settings file of a service with what has to be other here; its path."""
        if self.storage is None:
            content = without_tables(content)
        before = tomllib.loads(content)
        changes = {("data",): self.place("data", before["data"]),
                   ("definitions",): self.place("definitions", before["definitions"]),
                   ("kafka", "brokers"): self.brokers(before["kafka"]["brokers"])}
        listen = before.get("aggregate", {}).get("listen")
        if listen:
            # All services have the file; only one process can have a port.
            self.listening.setdefault(name, f"{HOST}:{free_port()}")
            changes["aggregate", "listen"] = self.listening[name]
            if name in self.file.running("aggregate"):
                self.replaced(f"{name} aggregate.listen", listen, self.listening[name])
        if "tables" in before:
            changes |= self.of_the_bucket(before["tables"])
        for path, new in changes.items():
            old = get(before, path)
            if content.count(installation.quoted(old)) != 1:
                raise Trouble(f"{target}: {'.'.join(path)} = {old} cannot be replaced")
            content = content.replace(installation.quoted(old), installation.quoted(new))
        after = tomllib.loads(content)
        other = {path for path in {*leaves(before), *leaves(after)}
                 if get(before, path) != get(after, path)}
        if other != set(changes):
            raise Trouble(f"{target}: {other} differ, only {set(changes)} should")
        file = self.scratch / f"{name}.toml"
        file.write_text(content, encoding="utf-8")
        return file

    def brokers(self, old):
        """Where the brokers are here."""
        return self.replaced("kafka.brokers", old, self.cluster.bootstrap)

    def command_line(self, name, arguments=None):
        """The command line of a service, its variables included, for this machine."""
        arguments = self.file.arguments(name, arguments)
        for target, content in self.file.configs(name).items():
            if target in arguments:
                file = self.settings_file(name, target, content)
                arguments[arguments.index(target)] = self.replaced(f"{name} file", target, file)
        variables = self.file.environment(name)
        here = {"ZHIBAO_DATA": lambda old: self.place("data", old),
                "ZHIBAO_DEFINITIONS": lambda old: self.place("definitions", old),
                "ZHIBAO_KAFKA__BROKERS": self.brokers}
        pairs = [f"{key}={here[key](value) if key in here else value}"
                 for key, value in variables.items()]
        # Containers do not see the variables of whoever runs this test.
        hidden = [word for key in os.environ if key.startswith(("ZHIBAO_", "RUST_LOG"))
                  for word in ("-u", key)]
        return ["env", *hidden, *pairs, str(self.program), *arguments]

    def run(self, name, arguments=None, seconds=180):
        """Runs the command of a service, or another one as `docker compose run` does, to its end."""
        return subprocess.run(self.command_line(name, arguments), capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=seconds, check=False)

    def check_commands(self):
        """Whether the program knows the command of each service."""
        for name in self.file.of_program():
            command = self.file.command(name)
            helped = command if "--help" in command else [*command, "--help"]
            done = self.run(name, helped)
            usage = next((line for line in done.stdout.splitlines() if "Usage:" in line), "")
            print(f"{name}: {' '.join(command)}: exit {done.returncode}, {usage.strip()}",
                  flush=True)
            if done.returncode or not usage:
                self.failures.append(f"{name}: {' '.join(command)}: {done.stderr.strip()}")

    def start(self, name):
        """Starts a service: one that is waited for until its end runs now, others go on."""
        if name in self.file.of_broker():
            self.start_brokers()
        elif name in self.file.of_storage() or name in self.file.of_client():
            self.start_storage(name)
        elif name not in self.file.of_program():
            raise Trouble(f"{name}: this test cannot start {self.file.services[name].get('image')} "
                          "without a container")
        elif name in self.completed():
            done = self.run(name)
            print(f"{name}: exit {done.returncode}, {done.stdout.strip()}", flush=True)
            if done.returncode:
                raise Trouble(f"{name} ended with {done.returncode}: {done.stderr}")
        else:
            child = Child(name, self.command_line(name), self.scratch / f"{name}.log")
            self.children[name] = child.start()
            print(f"{name}: started, process {child.pid}", flush=True)

    def completed(self):
        """Services that others wait for until they have done their work."""
        return {other for service in self.file.services.values()
                for other, condition in waits_for(service).items() if condition == COMPLETED}

    # --- at work ----------------------------------------------------------------------------

    def hand_in(self):
        """Hands a file of returns in; what the townships must come to, and the entries' places."""
        made = returns.Returns(self.definitions, months=(MONTH,), counties=24, townships=1)
        bodies = [made.body(village, MONTH, 1) for village in made.villages]
        corrected = set(made.villages[::CORRECTED])
        bodies += [made.body(village, MONTH, 2) for village in made.villages[::CORRECTED]]
        file = self.scratch / "returns.json"
        file.write_bytes(b"\n".join(map(returns.as_bytes, bodies)) + b"\n")
        done = self.run("zhibao", ["--format", "json", "submit", str(file)])
        if done.returncode:
            raise Trouble(f"submit ended with {done.returncode}: {done.stdout[:2000]}{done.stderr}")
        receipts = json.loads(done.stdout)["receipts"]
        partitions = {receipt["partition"] for receipt in receipts}
        print(f"submit: {len(bodies)} returns, {len(receipts)} receipts in {len(partitions)} "
              "partitions", flush=True)
        if len(receipts) != len(bodies):
            self.failures.append(f"{len(bodies)} returns handed in, {len(receipts)} receipts")
        wanted = {}
        for village in made.villages:
            sums = wanted.setdefault(str(village.township), [0, 0, 0])
            sums[0] += 2**village.bit
            sums[1] += 2 if village in corrected else 1
            sums[2] += 1
        return wanted, {(receipt["partition"], receipt["offset"]) for receipt in receipts}

    def ask_for(self, wanted):
        """Waits until `sql` gives these numbers."""
        one_hot, mark = returns.ONE_HOT.lower(), returns.MARK.lower()
        statement = (f"SELECT unit, {one_hot}, {mark}, accepted_m_village FROM {returns.FORM} "
                     f"WHERE period='{MONTH}' AND level='township' AND accepted_m_village > 0")
        found, last = {}, None

        def right():
            nonlocal found, last
            last = self.run("zhibao", ["--format", "csv", "sql", statement])
            if last.returncode == 0:
                rows = list(csv.reader(io.StringIO(last.stdout.lstrip("\ufeff"))))[1:]
                found = {row[0]: list(map(int, row[1:])) for row in rows}
            return found == wanted
        good = wait_for(right, self.patience, 1)
        equal = sum(found.get(unit) == sums for unit, sums in wanted.items())
        print(f"sql: {equal} of {len(wanted)} townships as handed in, {3 * len(wanted)} numbers "
              "compared", flush=True)
        if not good:
            different = [f"{unit}: {found.get(unit)} instead of {wanted.get(unit)}"
                         for unit in sorted(wanted.keys() | found.keys())
                         if found.get(unit) != wanted.get(unit)]
            self.failures.append(f"not rolled up within {self.patience} s: {different[:5]} "
                                 f"{last.stderr.strip()}")

    def look(self, name):
        """What an aggregator says of itself."""
        address = self.listening[name]
        try:
            with urllib.request.urlopen(f"http://{address}/ready", timeout=5) as answer:
                ready = f"{answer.status} {answer.read().decode().strip()}"
        except (OSError, urllib.error.URLError) as error:
            ready = str(error)
        lines = installation.metrics(address)
        values = {words[0]: float(words[-1]) for words in map(str.split, lines)
                  if words and not words[0].startswith("#")}
        print(f"{name}: /ready {ready}, /metrics {len(values)} values, entries settled "
              f"{values.get('zhibao_entries_total', 0):.0f}, partitions "
              f"{values.get('zhibao_partitions', 0):.0f}, unaccounted "
              f"{values.get('zhibao_unaccounted')}", flush=True)
        if not ready.startswith("200") or values.get("zhibao_unaccounted") != 0:
            self.failures.append(f"{name}: /ready {ready}, /metrics {lines[:3]}")
        return values.get("zhibao_entries_total", 0), values.get("zhibao_partitions", 0)

    def stop(self):
        """Asks every aggregator to end; each in the time that the file gives it."""
        for child in self.children.values():
            if not child.running:
                self.failures.append(f"{child.name} had ended with {child.code}:\n"
                                     + child.last_words())
            child.ask_to_stop()
        for name, child in self.children.items():
            code = child.stop(self.file.grace(name))
            print(f"{name}: SIGTERM, exit {code}", flush=True)
            if code != 0:
                self.failures.append(f"{name}: exit {code} within {self.file.grace(name)} s of "
                                     f"SIGTERM:\n{child.last_words()}")

    def end(self):
        """Ends whatever still runs."""
        for child in self.children.values():
            child.kill()
        if self.storage is not None:
            self.storage.stop()
        self.cluster.end()


def listening(wanted, broker):
    """Gives each listener of a broker, under its own name, the address that it has here."""
    controllers = wanted.get("controller.listener.names", "").split(",")

    def here(listeners):
        return re.sub(r"(\w+)://[^,]*", lambda found: found[1] + "://" + (
            f"{HOST}:{broker.controller_port}" if found[1] in controllers else broker.address),
            listeners)
    return here


def without_tables(content):
    """A settings file without the section that names a bucket."""
    less = re.sub(r"^\[tables\][^\n]*\n(?:(?!\[)[^\n]*\n)*", "", content, flags=re.MULTILINE)
    wanted = {key: value for key, value in tomllib.loads(content).items() if key != "tables"}
    if tomllib.loads(less) != wanted:
        raise Trouble("the section [tables] cannot be taken out of the settings")
    return less


def get(settings, path):
    """A value in tables within tables, or None."""
    for part in path:
        settings = settings.get(part) if isinstance(settings, dict) else None
    return settings


def leaves(settings, path=()):
    """The path of each value."""
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield *path, key


def read_by_compose(file, failures):
    """Lets Docker's compose read the file, where there is one; says that it starts nothing."""
    docker = shutil.which("docker")

    def answers(*arguments):
        return docker and subprocess.run([docker, *arguments], capture_output=True, text=True,
                                         stdin=subprocess.DEVNULL, timeout=60, check=False)
    if docker and answers("compose", "version").returncode == 0:
        done = answers("compose", "--file", str(file), "config", "--quiet")
        print(f"docker compose config: exit {done.returncode}", flush=True)
        if done.returncode:
            failures.append("docker compose config: " + done.stderr.strip())
    else:
        print("docker compose config: NOT RUN, Docker's compose is not installed here")
    engine = docker and answers("info")
    if engine and engine.returncode == 0:
        print("docker compose itself: NOT RUN, this test starts processes, not containers")
    else:
        print("docker compose itself: NOT RUN, no container engine answers here")


def test(chosen):
    """The whole run; the exit code."""
    place = Processes(chosen)
    try:
        problems = place.file.problems()
        services = place.file.services
        print(f"{place.file.path.name}: {len(services)} services, {len(problems)} problems")
        for problem in problems:
            print("problem: " + problem, flush=True)
        place.failures.extend(problems)
        if place.storage is None:
            print("NOT RUN: tables in a bucket; name an S3 gateway with --storage", flush=True)
        place.check_commands()
        aggregators = place.file.running("aggregate")
        if len(aggregators) < 2:
            place.failures.append(f"{len(aggregators)} aggregators; two must share the work")
        for name in place.file.order(aggregators):
            place.start(name)
        wanted, handed_in = place.hand_in()
        place.ask_for(wanted)
        place.read_rows(handed_in)
        seen = [place.look(name) for name in aggregators]
        print(f"together: {sum(entries for entries, _ in seen):.0f} entries settled, "
              f"{sum(held for _, held in seen):.0f} partitions held")
        if sum(held for _, held in seen) != returns.PARTITIONS:
            place.failures.append(f"partitions held: {seen}, together not {returns.PARTITIONS}")
        place.stop()
    finally:
        place.end()
    read_by_compose(place.file.path, place.failures)
    for failure in place.failures:
        print("failed: " + failure)
    print("FAILED" if place.failures else "passed", flush=True)
    return 1 if place.failures else 0


def main():
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    installation.add_arguments(parser)
    parser.add_argument("--file", default=pathlib.Path(__file__).parents[2] / "docker-compose.yml",
                        help="the compose file")
    parser.add_argument("--storage", metavar="PROGRAM",
                        help="an S3 gateway (versitygw); without it the tables are in a folder")
    chosen = parser.parse_args()

    def run():
        try:
            return test(chosen)
        except (Unreadable, tomllib.TOMLDecodeError) as unreadable:
            raise Trouble(f"{pathlib.Path(chosen.file).name}: {unreadable}") from unreadable
    return installation.guarded(run)


if __name__ == "__main__":
    sys.exit(main())
