"""A topic that is missing, or that is not as the journal needs it: the program must refuse.

What must be there: the exit code, the topic, what was found, what is needed, and what to do. Where
the advice is a setting of the topic, it is followed to the letter, and then the topic must be good.
"""

import re

from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource,
                                   NewTopic)

from broker import QUIET, Trouble
from fault_stage import REFUSED, lines, shown
from returns import PARTITIONS

# What `zhibao kafka init` gives the topic of an installation with one copy.
GOOD = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1",
        "min.insync.replicas": "1", "max.message.bytes": "1004096",
        "unclean.leader.election.enable": "false"}
COMMANDS = ("kafka", "check"), ("aggregate",)
MISSING = "does not exist"
ADVICE = re.compile(r"--add-config ([\w.]+)=([\w-]+)")


def missing(stage):
    """There is no such topic."""
    _must_refuse(stage, MISSING, "zhibao kafka init")
    stage.make_topic()


def partitions(stage):
    """Three partitions, where the hash of a county wants twenty-four for ever."""
    _make(stage, 3)
    _must_refuse(stage, r"\b3\b", rf"\b{PARTITIONS}\b", "new topic")


def retention(stage):
    """Entries would be thrown away after a day."""
    _make(stage, PARTITIONS, {"retention.ms": "86400000"})
    _must_refuse(stage, r"retention\.ms", r"\b86400000\b", "-1", "--add-config")
    _follow_advice(stage, "retention.ms")


def compacted(stage):
    """Of each key only the last entry would be kept."""
    _make(stage, PARTITIONS, {"cleanup.policy": "compact"})
    _must_refuse(stage, r"cleanup\.policy", r"\bcompact\b", r"\bdelete\b", "--add-config")
    _follow_advice(stage, "cleanup.policy")


def _admin(stage):
    return AdminClient({"bootstrap.servers": stage.cluster.bootstrap, **QUIET})


def _make(stage, count, other=()):
    """Makes the topic past the program, then lets that make what belongs to it."""
    new = NewTopic(stage.topic.name, count, 1, config=GOOD | dict(other))
    admin = _admin(stage)
    for done in admin.create_topics([new]).values():
        done.result(30)
    # It may object to the topic already; that is what the commands below are looked at for.
    stage.run("kafka", "init")


def _must_refuse(stage, *patterns):
    """Both commands must say all of this; what is found wrong ends a check with 1, and a service
    that must not run so with 3."""
    for arguments in COMMANDS:
        name = " ".join(arguments)
        code, said = stage.refuses(*arguments)
        stage.notes.append(f"{name}: exit {code}")
        told = shown(dict.fromkeys(text for _, text in lines(said)))
        found = 1 if arguments[-1] == "check" and patterns[0] != MISSING else REFUSED
        stage.expect(code == found, f"{name} must end with {found}, but "
                     + ("does not end" if code is None else f"ended with {code}") + f":\n{told}")
        absent = [pattern for pattern in (re.escape(stage.topic.name), *patterns)
                  if not re.search(pattern, said)]
        stage.expect(not absent, f"{name} does not say {' and '.join(absent)}:\n{told}")


def _follow_advice(stage, setting):
    """Does what `kafka check` says about a setting; after that it must be content."""
    said = stage.run("kafka", "check")
    advice = dict(ADVICE.findall(said.stdout + said.stderr))
    if not stage.expect(setting in advice, f"kafka check gives no value for {setting}"):
        return
    entry = ConfigEntry(setting, advice[setting],
                        incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, stage.topic.name,
                              incremental_configs=[entry])
    admin = _admin(stage)
    for done in admin.incremental_alter_configs([resource]).values():
        done.result(30)
    after = stage.run("kafka", "check")
    if after.returncode:
        raise Trouble(f"kafka check ends with {after.returncode} although its advice was followed: "
                      + after.stdout + after.stderr)
