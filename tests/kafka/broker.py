"""Apache Kafka without containers: its jars from Maven, and one or three brokers as processes.

  broker.py --jars FOLDER        only fetches the jars; does nothing when they are there

ZHIBAO_TEST_KAFKA=host:port names a broker that runs already: it is used and never killed. Ends with
3 when Java or Maven is missing.
"""

import argparse
import fcntl
import logging
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import time
import uuid

from child import Child, wait_for

KAFKA = "4.1.1"
ENVIRONMENT = "ZHIBAO_TEST_KAFKA"
HOST = "127.0.0.1"
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>zhibao</groupId>
  <artifactId>test-broker</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>{KAFKA}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId>
      <artifactId>log4j-slf4j-impl</artifactId>
      <version>2.24.3</version>
    </dependency>
  </dependencies>
</project>
"""
LOGGING = """status = ERROR
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c{1})%n
rootLogger.level = WARN
rootLogger.appenderRef.out.ref = out
logger.life.name = kafka.server.BrokerLifecycleManager
logger.life.level = INFO
logger.server.name = kafka.server.KafkaRaftServer
logger.server.level = INFO
"""
# Starts in two thirds of the time, which counts where a broker is killed and started all the time.
QUICK_START = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
# For clients of the tests: that a killed broker does not answer is no news.
SILENT = logging.getLogger("kafka client of a test")
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False
QUIET = {"logger": SILENT, "error_cb": lambda error: None}
# Below the range from which the system takes ports for outgoing connections: while a broker is
# down, a client that knocks at a port of that range can end up connected to itself.
LOWEST_PORT, HIGHEST_PORT = 20000, 32000


class Missing(Exception):
    """Something that the broker needs is not there; the text says what to install."""


class Trouble(Exception):
    """A broker does not do what it should."""


# --- the jars ---------------------------------------------------------------------------------

def need(program, what):
    """Path of a program, or a message that says what to install."""
    found = shutil.which(program)
    if found is None:
        raise Missing(f"{program} is missing; install {what}")
    return found


def need_java():
    """Path of Java."""
    return need("java", "Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless)")


def is_complete(folder):
    """Whether every jar of the list that was written after the last fetch is there in full."""
    listing = folder / "complete.txt"
    if not listing.exists() or (folder / "pom.xml").read_text(encoding="utf-8") != POM:
        return False
    for line in listing.read_text(encoding="utf-8").splitlines():
        size, name = line.split(" ", 1)
        jar = folder / "lib" / name
        if not jar.exists() or jar.stat().st_size != int(size):
            return False
    return True


def install(folder):
    """Fetches the jars unless they are there; returns the folder that holds them."""
    folder = pathlib.Path(folder).resolve()
    need_java()
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_complete(folder):
            fetch(folder)
    return folder / "lib"


def fetch(folder):
    """Lets Maven copy the jars, and writes down what came."""
    maven = need("mvn", "Maven (Debian: apt-get install maven)")
    print(f"Apache Kafka {KAFKA} through Maven into {folder}", file=sys.stderr, flush=True)
    shutil.rmtree(folder / "lib", ignore_errors=True)
    (folder / "complete.txt").unlink(missing_ok=True)
    (folder / "pom.xml").write_text(POM, encoding="utf-8")
    command = [maven, "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime",
               "-DoutputDirectory=lib"]
    for attempt in (1, 2):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
        if attempt == 2:
            raise Missing("Maven could not fetch Kafka; is its repository in reach?\n"
                          + (done.stdout + done.stderr)[-2000:])
    jars = sorted((folder / "lib").glob("*.jar"))
    if not any(jar.name.startswith("kafka_") for jar in jars):
        raise Missing(f"Maven ended well, but {folder / 'lib'} holds no Kafka")
    lines = [f"{jar.stat().st_size} {jar.name}\n" for jar in jars]
    (folder / "complete.txt").write_text("".join(lines), encoding="utf-8")


# --- brokers ----------------------------------------------------------------------------------

def free_port(taken=()):
    """A port on which nobody listens, not yet given to another broker of the test."""
    chance = random.SystemRandom()
    for _ in range(1000):
        port = chance.randint(LOWEST_PORT, HIGHEST_PORT)
        if port in taken:
            continue
        with socket.socket() as trial:
            try:
                trial.bind((HOST, port))
                return port
            except OSError:
                continue
    raise Trouble(f"no free port between {LOWEST_PORT} and {HIGHEST_PORT}")


def ask(bootstrap, seconds=2):
    """Metadata of the cluster as a broker tells them, or None when it does not answer."""
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient
    client = AdminClient({"bootstrap.servers": bootstrap, **QUIET})
    try:
        return client.list_topics(timeout=seconds)
    except KafkaException:
        return None


class Broker:
    """One broker with its data folder; a restart finds what was there before."""

    def __init__(self, folder, lib, node, ports, voters, java):
        self.folder = pathlib.Path(folder)
        self.node = node
        self.port, self.controller_port = ports
        self.voters = voters
        self.lib = lib
        command = [need_java(), *java, f"-Dkafka.logs.dir={self.folder / 'logs'}",
                   f"-Dlog4j2.configurationFile={self.folder / 'log4j2.properties'}",
                   "-cp", f"{lib}/*", "kafka.Kafka", self.folder / "server.properties"]
        self.child = Child(f"broker {node}", command, self.folder / "broker.log")

    @property
    def address(self):
        """Where clients reach it."""
        return f"{HOST}:{self.port}"

    def properties(self):
        """Its settings file."""
        copies = min(3, len(self.voters))
        in_sync = min(2, copies)
        listeners = f"PLAINTEXT://{self.address},CONTROLLER://{HOST}:{self.controller_port}"
        voters = ",".join(f"{node}@{HOST}:{port}" for node, port in self.voters.items())
        settings = {
            "process.roles": "broker,controller",
            "node.id": self.node,
            "controller.quorum.voters": voters,
            "listeners": listeners,
            "advertised.listeners": listeners,
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": self.folder / "data",
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": 1,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": in_sync,
            "transaction.state.log.num.partitions": 1,
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": in_sync,
            "group.initial.rebalance.delay.ms": 0,
            "auto.create.topics.enable": "false",
            # A broker that was killed is taken for alive until then, and not let in again.
            "broker.session.timeout.ms": 1500 if copies == 1 else 6000,
            "broker.heartbeat.interval.ms": 300 if copies == 1 else 1000,
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())

    def format(self, cluster):
        """Prepares the data folder, once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "server.properties").write_text(self.properties(), encoding="utf-8")
        (self.folder / "log4j2.properties").write_text(LOGGING, encoding="utf-8")
        done = subprocess.run(
            [need_java(), "-cp", f"{self.lib}/*", "kafka.tools.StorageTool", "format",
             "-t", cluster, "-c", str(self.folder / "server.properties")],
            capture_output=True, text=True, check=False)
        if done.returncode:
            raise Trouble(f"the data folder of broker {self.node} was not formatted:\n"
                          + (done.stdout + done.stderr)[-2000:])

    def answers(self):
        """Whether it serves clients and counts itself among the living."""
        found = ask(self.address)
        return found is not None and self.node in found.brokers

    def start(self):
        """Starts it without waiting."""
        self.child.start()

    def wait(self, seconds=90):
        """Waits until it answers; returns the seconds that this took."""
        started = time.monotonic()
        while not self.answers():
            if not self.child.running:
                raise Trouble(f"broker {self.node} ended with {self.child.code}:\n"
                              + self.child.last_words())
            if time.monotonic() - started > seconds:
                raise Trouble(f"broker {self.node} does not answer after {seconds} s:\n"
                              + self.child.last_words())
            time.sleep(0.1)
        return time.monotonic() - started

    def kill(self):
        """As a crash does (SIGKILL)."""
        self.child.kill()

    def pause(self):
        """SIGSTOP."""
        self.child.pause()

    def wake(self):
        """SIGCONT."""
        self.child.wake()

    def stop(self, seconds=30):
        """SIGTERM; killed when that takes too long."""
        return self.child.stop(seconds)


class Cluster:
    """One or three brokers in KRaft mode, each of them controller too."""

    may_be_killed = True

    def __init__(self, folder, jars, count=1, java=QUICK_START):
        lib = install(jars)
        java = ("-Xms128m", "-Xmx512m" if count == 1 else "-Xmx384m", *java)
        taken = []
        for _ in range(2 * count):
            taken.append(free_port(taken))
        ports = {node + 1: taken[2 * node:2 * node + 2] for node in range(count)}
        voters = {node: controller for node, (_, controller) in ports.items()}
        folder = pathlib.Path(folder).resolve()
        self.brokers = [Broker(folder / f"broker-{node}", lib, node, pair, voters, java)
                        for node, pair in ports.items()]

    @property
    def bootstrap(self):
        """Addresses of all brokers."""
        return ",".join(broker.address for broker in self.brokers)

    def start(self):
        """Formats the data folders, starts all brokers and waits until each knows all."""
        cluster = uuid.uuid4().hex[:22]
        try:
            for broker in self.brokers:
                broker.format(cluster)
                broker.start()
            for broker in self.brokers:
                broker.wait()
            self.wait_for_all()
        except BaseException:
            self.end()
            raise
        return self

    def wait_for_all(self, seconds=90):
        """Waits until all brokers are in the cluster."""
        def all_there():
            found = ask(self.bootstrap)
            return found is not None and len(found.brokers) == len(self.brokers)
        if not wait_for(all_there, seconds):
            raise Trouble(f"not all of {len(self.brokers)} brokers have come together")

    def leader(self, topic, partition):
        """The running broker that leads a partition, or None while there is none."""
        running = [broker for broker in self.brokers if broker.child.running]
        found = ask(",".join(broker.address for broker in running), 5)
        known = found.topics[topic].partitions.get(partition) if found else None
        return next((broker for broker in running if known and broker.node == known.leader), None)

    def forget(self, topic):
        """Nothing to do: the data folders go with the scratch folder."""

    def end(self):
        """Ends every broker for good; their data are not needed any more."""
        for broker in self.brokers:
            broker.kill()


class Existing:
    """A broker that somebody else runs: used as it is, never killed or stopped."""

    may_be_killed = False
    brokers = ()

    def __init__(self, bootstrap):
        self.bootstrap = bootstrap

    def start(self):
        """Looks whether it answers."""
        if ask(self.bootstrap, 10) is None:
            raise Trouble(f"{ENVIRONMENT}={self.bootstrap}: no broker answers there")
        return self

    def forget(self, topic):
        """Takes away what a test has put there."""
        from confluent_kafka.admin import AdminClient
        client = AdminClient({"bootstrap.servers": self.bootstrap, **QUIET})
        for done in client.delete_topics([topic], operation_timeout=30).values():
            try:
                done.result()
            except Exception as error:  # whatever it is, the test is over and has its result
                print(f"topic {topic} was left behind: {error}", file=sys.stderr)

    def end(self):
        """Leaves it running."""


def open_cluster(folder, jars, count=1):
    """The broker that the environment names, or brokers of our own."""
    existing = os.environ.get(ENVIRONMENT, "").strip()
    if existing:
        print(f"Kafka: {existing}, from {ENVIRONMENT}", flush=True)
        return Existing(existing)
    cluster = Cluster(folder, jars, count)
    print(f"Kafka: {KAFKA} from Maven, {count} broker{'s' if count > 1 else ''} at "
          f"{cluster.bootstrap}", flush=True)
    return cluster


def main():
    """Fetches the jars."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jars", required=True, metavar="FOLDER", help="where the jars go")
    chosen = parser.parse_args()
    try:
        print(install(chosen.jars))
    except Missing as missing:
        print(f"broker.py: {missing}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
