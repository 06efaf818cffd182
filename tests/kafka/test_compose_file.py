"""Tests of what is found wrong in a compose file, so that a file without problems says something."""

import pathlib
import tempfile
import unittest

import compose_file

GOOD = """
x-program: &program
  build:
    context: .
    dockerfile_inline: |
      FROM rust:1.95-bookworm AS build
      COPY Cargo.toml Cargo.lock ./
      COPY crates crates
      FROM debian:bookworm-slim
      COPY --from=build /src/zhibao /usr/local/bin/zhibao
      COPY schemas /definitions
      ENV ZHIBAO_DEFINITIONS=/definitions \\
          ZHIBAO_DATA=/data
      ENTRYPOINT ["zhibao"]
  volumes: ["data:/data"]
services:
  kafka:
    image: apache/kafka:4.1.1
    environment:
      KAFKA_NODE_ID: "1"
      KAFKA_ADVERTISED_LISTENERS: PLAINTEXT://kafka:9092
      KAFKA_CONTROLLER_QUORUM_VOTERS: 1@kafka:9093
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "1"
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: "1"
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: "1"
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: "1"
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: "1"
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: "false"
      KAFKA_LOG_DIRS: /var/lib/kafka/data
    volumes: ["kafka:/var/lib/kafka/data"]
    healthcheck: {test: ["CMD", "true"]}
  topic:
    <<: *program
    command: ["--settings", "/etc/zhibao.toml", "kafka", "init"]
    configs: [{ source: settings, target: /etc/zhibao.toml }]
    depends_on:
      kafka: { condition: service_healthy }
  aggregator:
    <<: *program
    command: ["--settings", "/etc/zhibao.toml", "aggregate"]
    configs: [{ source: settings, target: /etc/zhibao.toml }]
    depends_on:
      topic: { condition: service_completed_successfully }
      bucket: { condition: service_completed_successfully }
    stop_grace_period: 1m10s
  storage:
    image: quay.io/minio/minio:RELEASE.1
    command: ["server", "/storage"]
    environment: {MINIO_ROOT_USER: user, MINIO_ROOT_PASSWORD: password}
    volumes: ["storage:/storage"]
    healthcheck: {test: ["CMD", "mc", "ready", "local"]}
  bucket:
    image: quay.io/minio/mc:RELEASE.1
    command: ["mb", "--ignore-existing", "s3/bucket"]
    environment: {MC_HOST_s3: "http://user:password@storage:9000"}
    depends_on:
      storage: { condition: service_healthy }
  tool:
    <<: *program
    configs: [{ source: settings, target: /etc/zhibao.toml }]
    entrypoint: ["zhibao", "--settings", "/etc/zhibao.toml"]
    command: ["--help"]
  demo:
    <<: *program
    command: ["--data", "/data/demo", "demo"]
configs:
  settings:
    content: |
      data = "/data"
      definitions = "/definitions"
      [kafka]
      brokers = "kafka:9092"
      replication = 1
      min_in_sync = 1
      [tables]
      url = "s3://bucket/tables"
      endpoint = "http://storage:9000"
      access_key_id = "user"
      secret_access_key = "password"
      allow_http = true
volumes: {data: , kafka: , storage: }
"""
MANIFEST = '[workspace]\nmembers = ["crates/*"]\n[workspace.package]\nrust-version = "1.95"\n'


class Repository(unittest.TestCase):
    """A folder with what the images are made of."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "Cargo.toml").write_text(MANIFEST, encoding="utf-8")
        (self.root / "Cargo.lock").touch()
        (self.root / ".dockerignore").write_text("target\n", encoding="utf-8")
        for name in ("crates", "schemas"):
            (self.root / name).mkdir()

    def read(self, text):
        """The file with this text."""
        path = self.root / "docker-compose.yml"
        path.write_text(text, encoding="utf-8")
        return compose_file.Compose(path)

    def problems(self, old, new):
        """What is found when a text stands in place of another."""
        self.assertIn(old, GOOD)
        return "\n".join(self.read(GOOD.replace(old, new)).problems())


class WhatIsWrong(Repository):
    """Each mistake alone is found, and nothing where there is none."""

    def test_a_good_file_has_no_problems(self):
        self.assertEqual(self.read(GOOD).problems(), [])

    def test_each_mistake_is_told(self):
        for old, new, told in (
            ("    healthcheck: {", "    healthchek: {", "healthchek is no key"),
            ("    healthcheck: {test: [\"CMD\", \"true\"]}\n", "", "which has no healthcheck"),
            ("      topic: { con", "      topics: { con", "waits for topics, which is no service"),
            ("condition: service_healthy", "condition: healthy", "compose does not know"),
            ("volumes: {data: , kafka: ,", "volumes: {data: ,", "kafka at /var/lib/kafka/data is"),
            ("volumes: {data: , kafka: ,", "volumes: {data: , kafka: , s3: ,", "s3 is declared"),
            ("{ source: settings,", "{ source: setings,", "setings is not declared"),
            ('ENABLE: "false"', "ENABLE: false", "quote it"),
            ('ENABLE: "false"', 'ENABLE: "true"', "auto.create.topics.enable must be false"),
            ('"kafka", "init"]', '"kafka", 1]', "a word of the command is no text"),
            ("COPY crates crates", "COPY crate crates", "COPY crate: the repository has no"),
            ("COPY schemas /d", "COPY --from=built schemas /d", "there is no such stage"),
            ("      COPY crates crates\n", "", "member crates/* of the workspace is not copied"),
            ("rust:1.95", "rust:1.89", "older than Rust 1.95"),
            ('ENTRYPOINT ["zhibao"]', "ENTRYPOINT []", "the entry point is []"),
            ("ZHIBAO_DATA=/data", "ZHIBAO_DATA=$HOME", "a single $"),
            ("[kafka]\n", "[kafka\n", "config settings: "),
            ('brokers = "kafka:9092"', 'brokers = "kafka:9093"', "kafka.brokers has kafka:9093"),
            ("min_in_sync = 1", "min_in_sync = 2", "min_in_sync 2 with 1 brokers"),
            ("replication = 1", "replication = 3", "replication 3 and"),
            ("      KAFKA_LOG_DIRS: /var/lib/kafka/data\n", "", "/tmp/kafka-logs, where no volume"),
            ('      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: "1"\n', "", "log.min.isr is not set"),
            ('FACTOR: "1"\n      KAFKA_TRANS', 'FACTOR: "3"\n      KAFKA_TRANS', "is 3 with 1 bro"),
            ("1@kafka:9093", "2@kafka:9093", "does not have node 1"),
            ("ZHIBAO_DATA=/data", "ZHIBAO_DATA=/var/data", "/var/data is in no volume"),
            ("COPY schemas /definitions", "COPY schemas /defs", "has no definitions at /def"),
        ):
            with self.subTest(told):
                self.assertIn(told, self.problems(old, new))

    def test_each_mistake_about_the_bucket_is_told(self):
        for old, new, told in (
            ('    volumes: ["storage:/storage"]\n', "", "storage: keeps its data in /storage, where"),
            ('["storage:/storage"]', '["storage:/data"]', "storage: keeps its data in /storage, wh"),
            ('"server", "/storage"', '"server"', "is not `server` and its folder"),
            ("image: quay.io/minio/minio:", "image: minio/minio:", "Docker Hub has it no longer"),
            ("MINIO_ROOT_USER: user, ", "", "MINIO_ROOT_USER needs 3"),
            ("ROOT_PASSWORD: password", "ROOT_PASSWORD: pass", "MINIO_ROOT_PASSWORD needs 8"),
            ("ROOT_PASSWORD: password", "ROOT_PASSWORD: passwort", "endpoint: the keys are not th"),
            ('key_id = "user"', 'key_id = "me"', "tables.endpoint: the keys are not those of sto"),
            ('access_key = "password"', 'access_key = "p"', "tables.endpoint: the keys are not"),
            ("user:password@", "user:passwort@", "the address for bucket: the keys are not those"),
            ('"s3://bucket/tables"', '"s3://other/tables"', "nobody makes the bucket other"),
            ('"s3://bucket/tables"', '"/srv/tables"', "is /srv/tables, not s3://bucket/folder"),
            ("s3/bucket", "s3/other", "tables.url: nobody makes the bucket bucket"),
            ("s3/bucket", "s4/bucket", "None is no service"),
            ('"mb", ', '"ls", ', "makes no bucket"),
            ('"--ignore-existing", ', "", "a second start fails"),
            ("storage: { condition: service_healthy", "storage: { condition: service_started",
             "bucket: does not wait for storage to be healthy"),
            ('"http://storage:9000"\n      acc', '"http://minio:9000"\n      acc',
             "tables.endpoint is http://minio:9000, and minio is no service"),
            ('"http://storage:9000"\n      acc', '"http://kafka:9000"\n      acc',
             "tables.endpoint is http://kafka:9000, and kafka is no S3 server"),
            ('"http://storage:9000"\n      acc', '"http://storage:9001"\n      acc',
             "the server is reached at http://storage:9000"),
            ("allow_http = true", "allow_http = false", "not encrypted, and allow_http is not"),
            ("      bucket: { condition: service_completed_successfully }\n", "",
             "aggregator: does not wait until the bucket bucket is made"),
            ("bucket: { condition: service_completed_successfully", "bucket: { condition: service_"
             "started", "aggregator: does not wait until the bucket bucket is made"),
            ('["--data", "/data/demo", "demo"]', '["demo"]\n    environment: {ZHIBAO_TABLES__URL: '
             '"s3://bucket/tables"}', "demo: a demo does not run with settings that name a bucket"),
            ('    entrypoint: ["zhibao", "--settings", "/etc/zhibao.toml"]\n', "    environment: "
             "{ZHIBAO_KAFKA__BROKERS: \"kafka:9092\"}\n", "not in one place: topic, aggregator ha"),
            ('entrypoint: ["zhibao", ', 'entrypoint: ["sh", ', "'sh', '--settings', '/etc/zhibao."),
        ):
            with self.subTest(told=told, new=new):
                self.assertIn(told, self.problems(old, new))

    def test_tables_in_a_folder_need_no_server(self):
        tables = GOOD[GOOD.index("      [tables]"):GOOD.index("volumes: {data: ")]
        self.assertEqual(self.read(GOOD.replace(tables, "")).problems(), [])

    def test_what_the_image_leaves_out_is_told(self):
        (self.root / ".dockerignore").write_text("target\ncrates\n", encoding="utf-8")
        self.assertIn("COPY crates: .dockerignore leaves it out",
                      "\n".join(self.read(GOOD).problems()))

    def test_a_key_that_stands_twice_is_refused(self):
        with self.assertRaisesRegex(compose_file.Unreadable, "image stands twice"):
            self.read(GOOD.replace("    image:", "    image: other\n    image:"))

    def test_a_key_of_an_anchor_may_be_given_again(self):
        self.assertEqual(self.read(GOOD.replace(
            "    command: [\"--settings\", \"/etc/zhibao.toml\", \"aggregate\"]",
            "    volumes: [\"data:/data\"]\n    command: [\"aggregate\"]")
            + "x-more: {<<: *program, volumes: []}\n").problems(), [])

    def test_services_that_wait_for_each_other_are_refused(self):
        text = GOOD.replace("      kafka: { condition: service_healthy }",
                            "      aggregator: { condition: service_started }")
        with self.assertRaisesRegex(compose_file.Unreadable, "waits for itself"):
            self.read(text).order(["aggregator"])


class WhatIsRead(Repository):
    """What the test of the processes takes from the file."""

    def test_order_time_and_settings(self):
        file = self.read(GOOD)
        self.assertEqual(file.order(["aggregator"]),
                         ["kafka", "topic", "storage", "bucket", "aggregator"])
        self.assertEqual((file.grace("aggregator"), file.grace("topic")), (70, 10))
        self.assertEqual(file.running("aggregate"), ["aggregator"])
        self.assertEqual(file.running("kafka", "init"), ["topic"])
        self.assertEqual(file.effective("topic")["kafka"]["brokers"], "kafka:9092")
        self.assertEqual(file.effective("tool")["tables"]["url"], "s3://bucket/tables")
        self.assertNotIn("tables", file.effective("demo"))
        self.assertEqual(file.arguments("tool", ["sql"]), ["--settings", "/etc/zhibao.toml", "sql"])
        self.assertEqual([(server.netloc, bucket) for server, bucket in file.buckets("bucket")],
                         [("user:password@storage:9000", "bucket")])

    def test_variables_become_settings_of_the_broker_as_in_its_image(self):
        self.assertEqual(
            compose_file.broker_settings({"KAFKA_NODE_ID": "1", "KAFKA_OPTS": "-X", "PATH": "/",
                                          "KAFKA_A__B___C": "x"}),
            {"node.id": "1", "a_b-c": "x"})


if __name__ == "__main__":
    unittest.main()
