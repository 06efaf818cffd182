"""docker-compose.yml as a program reads it, and what in it would not start or would lose data.

Compose finds some of these mistakes itself, but only where it is installed, and it does not know
what the broker and the program need.
"""

import fnmatch
import pathlib
import re
import tomllib
import urllib.parse

import yaml

# What the file may say of a service. A mistyped key would otherwise just have no effect here.
KEYS = {"build", "command", "configs", "container_name", "depends_on", "entrypoint", "environment",
        "expose", "healthcheck", "hostname", "image", "networks", "ports", "profiles", "restart",
        "secrets", "stop_grace_period", "stop_signal", "user", "volumes", "working_dir"}
HEALTHY, COMPLETED = "service_healthy", "service_completed_successfully"
CONDITIONS = {HEALTHY, COMPLETED, "service_started"}
# Where the image of Apache Kafka keeps its data when nobody names a folder.
USUAL_LOG_DIRS = "/tmp/kafka-logs"
# Variables of that image that are no settings of the broker.
NO_SETTINGS = {"KAFKA_HEAP_OPTS", "KAFKA_OPTS", "KAFKA_JMX_OPTS", "KAFKA_LOG4J_OPTS",
               "KAFKA_JVM_PERFORMANCE_OPTS", "KAFKA_GC_LOG_OPTS", "KAFKA_LOG4J_LOGGERS",
               "KAFKA_LOG4J_ROOT_LOGLEVEL", "KAFKA_TOOLS_LOG4J_LOGLEVEL"}
# What the broker would otherwise set to three, which one broker cannot give.
FACTORS = ("offsets.topic.replication.factor", "transaction.state.log.replication.factor",
           "transaction.state.log.min.isr", "share.coordinator.state.topic.replication.factor",
           "share.coordinator.state.topic.min.isr")
PROGRAM = "zhibao"
# The S3 server and its client. Docker Hub had them too and has them no longer.
SERVER, CLIENT = "quay.io/minio/minio:", "quay.io/minio/mc:"
GONE = ("minio/", "docker.io/minio/")
SERVER_PORT = 9000
# How long the server wants its keys to be at least; with shorter ones it does not start.
KEYS_OF_SERVER = {"MINIO_ROOT_USER": 3, "MINIO_ROOT_PASSWORD": 8}


class Unreadable(Exception):
    """The file cannot be read at all."""


class Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, as compose does; PyYAML would take the last one."""

    def compose_mapping_node(self, anchor):
        """Looks at the keys as written, before merges add those of the anchors."""
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise Unreadable(f"line {key.start_mark.line + 1}: {key.value} stands twice")
            seen.add(key.value)
        return node


class Dockerfile:
    """The few instructions that matter here."""

    def __init__(self, text):
        joined = re.sub(r"\\\n\s*", " ", text)
        lines = [line.strip() for line in joined.splitlines()]
        self.instructions = [tuple(line.split(None, 1)) for line in lines
                             if line and not line.startswith("#")]

    def all(self, word):
        """What stands behind each of these instructions."""
        return [parts[1] for parts in self.instructions if parts[0] == word and len(parts) == 2]

    def stages(self):
        """Image and name of each stage."""
        found = []
        for rest in self.all("FROM"):
            image, *more = rest.split()
            found.append((image, more[1] if len(more) == 2 else None))
        return found

    def copies(self):
        """Stage (None for the build's folder), sources and target of each COPY."""
        for rest in self.all("COPY"):
            words = rest.split()
            stage = None
            while words and words[0].startswith("--"):
                option = words.pop(0)
                if option.startswith("--from="):
                    stage = option.removeprefix("--from=")
            yield stage, words[:-1], words[-1]

    def environment(self):
        """The variables that every container of the image has."""
        return dict(pair.split("=", 1) for rest in self.all("ENV") for pair in rest.split())

    def entrypoint(self):
        """Its words."""
        given = self.all("ENTRYPOINT")
        return yaml.safe_load(given[-1]) if given else []


class Compose:
    """The file, with everything that its services share resolved."""

    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()
        self.root = self.path.parent
        text = self.path.read_text(encoding="utf-8")
        try:
            self.whole = yaml.load(text, Loader)
        except yaml.YAMLError as error:
            raise Unreadable(str(error)) from error
        self.services = self.whole.get("services") or {}

    # --- services ---------------------------------------------------------------------------

    def of_program(self):
        """Names of the services that run our program."""
        return [name for name, service in self.services.items() if "build" in service]

    def of_broker(self):
        """Names of the services that run a broker."""
        return [name for name, service in self.services.items()
                if service.get("image", "").startswith("apache/kafka:")]

    def of_storage(self):
        """Names of the services that run an S3 server."""
        return [name for name, service in self.services.items()
                if service.get("image", "").startswith(SERVER)]

    def of_client(self):
        """Names of the services that run the client of the S3 server."""
        return [name for name, service in self.services.items()
                if service.get("image", "").startswith(CLIENT)]

    def buckets(self, name):
        """Address of the server (with its keys), and bucket, for each that a client makes."""
        words, variables = self.command(name), self.environment(name)
        for word in words[1:] if words[:1] == ["mb"] else []:
            alias, _, bucket = word.partition("/")
            if not word.startswith("-") and bucket:
                yield urllib.parse.urlsplit(variables.get(f"MC_HOST_{alias}", "")), bucket

    def running(self, *arguments):
        """Names of the services whose command ends with these words."""
        return [name for name in self.of_program()
                if self.command(name)[-len(arguments):] == list(arguments)]

    def dockerfile(self, name):
        """How the image of a service is made."""
        build = self.services[name]["build"]
        build = {"context": build} if isinstance(build, str) else build
        if "dockerfile_inline" in build:
            return Dockerfile(build["dockerfile_inline"])
        file = self.root / build.get("context", ".") / build.get("dockerfile", "Dockerfile")
        return Dockerfile(file.read_text(encoding="utf-8"))

    def command(self, name):
        """What a service runs, behind its entry point."""
        return list(self.services[name].get("command") or [])

    def arguments(self, name, command=None):
        """All words behind the program, with another command as `docker compose run` gives it."""
        own = self.services[name].get("entrypoint") or []
        return [*own[1:], *(self.command(name) if command is None else command)]

    def environment(self, name):
        """Variables of a service, those of its image included."""
        image = self.dockerfile(name).environment() if "build" in self.services[name] else {}
        own = self.services[name].get("environment") or {}
        return {**image, **{key: str(value) for key, value in own.items()}}

    def volumes(self, name):
        """Where a service has which volume."""
        found = {}
        for volume in self.services[name].get("volumes") or []:
            source, target = str(volume).split(":")[:2]
            found[target] = source
        return found

    def configs(self, name):
        """Content of each file that a service gets, by the file's place."""
        declared = self.whole.get("configs") or {}
        found = {}
        for config in self.services[name].get("configs") or []:
            if config["source"] in declared:
                found[config["target"]] = declared[config["source"]].get("content", "")
        return found

    def grace(self, name):
        """Seconds that a service has to end in."""
        text = str(self.services[name].get("stop_grace_period", "10s"))
        found = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", text)
        return int(found[1] or 0) * 60 + int(found[2] or 0)

    def order(self, wanted):
        """These services and what they wait for, each behind what it waits for."""
        found = []

        def visit(name, on_the_way):
            if name in on_the_way:
                raise Unreadable(f"{name} waits for itself")
            for other in waits_for(self.services[name]):
                visit(other, (*on_the_way, name))
            if name not in found:
                found.append(name)
        for name in wanted:
            visit(name, ())
        return found

    # --- what is wrong ----------------------------------------------------------------------

    def problems(self):
        """Everything that would not start or would lose something, in words."""
        found = [*self._dollars("", self.whole)]
        for name, service in self.services.items():
            found.extend(f"{name}: {text}" for text in self._service(name, service))
        for name in self.of_program():
            found.extend(f"{name}: {text}" for text in self._image(self.dockerfile(name)))
        unread = list(self._unread())
        found.extend(unread)
        used = {source for name in self.services for source in self.volumes(name).values()}
        found.extend(f"volume {name} is declared and not used"
                     for name in (self.whole.get("volumes") or {}).keys() - used)
        for name in self.of_broker():
            found.extend(f"{name}: {text}" for text in self._broker(name))
        for name in self.of_storage():
            found.extend(f"{name}: {text}" for text in self._storage(name))
        for name in self.of_client():
            found.extend(f"{name}: {text}" for text in self._client(name))
        if not unread:
            found.extend(self._together())
            found.extend(self._tables_together())
            for name in self.of_program():
                found.extend(f"{name}: {text}" for text in self._tables(name))
        # What several services share would be told for each of them.
        return list(dict.fromkeys(found))

    def _dollars(self, place, value):
        """Compose puts variables of the shell in place of what begins with a single dollar."""
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from self._dollars(f"{place}.{key}", inner)
        elif isinstance(value, list):
            for inner in value:
                yield from self._dollars(place, inner)
        elif isinstance(value, str) and "$" in value.replace("$$", ""):
            yield f"{place.lstrip('.')}: a single $ is taken for a variable of the shell"

    def _unread(self):
        for name, config in (self.whole.get("configs") or {}).items():
            try:
                tomllib.loads(config.get("content", ""))
            except tomllib.TOMLDecodeError as error:
                yield f"config {name}: {error}"

    def _service(self, name, service):
        for key in service.keys() - KEYS:
            yield f"{key} is no key of a service, or is not known to this test"
        if "image" not in service and "build" not in service:
            yield "has neither image nor build"
        if service.get("image", "").startswith(GONE):
            yield f"{service['image']}: Docker Hub has it no longer, quay.io has"
        if "build" in service and (service.get("entrypoint") or [PROGRAM])[0] != PROGRAM:
            yield f"the entry point is {service['entrypoint']}, not the program"
        for other, condition in waits_for(service).items():
            if other not in self.services:
                yield f"waits for {other}, which is no service"
            elif condition not in CONDITIONS:
                yield f"waits for {other} to be {condition}, which compose does not know"
            elif condition == HEALTHY and "healthcheck" not in self.services[other]:
                yield f"waits for {other} to be healthy, which has no healthcheck"
            elif self.services[other].get("profiles"):
                yield f"waits for {other}, which starts only under a profile"
        for target, source in self.volumes(name).items():
            if not source.startswith((".", "/")) and source not in (self.whole.get("volumes") or {}):
                yield f"volume {source} at {target} is not declared"
        for config in service.get("configs") or []:
            if config["source"] not in (self.whole.get("configs") or {}):
                yield f"config {config['source']} is not declared"
        for key, value in (service.get("environment") or {}).items():
            if not isinstance(value, (str, int, float)) or isinstance(value, bool):
                yield f"{key} is {value!r}; compose takes texts and numbers, so quote it"
        words = [*self.command(name), *(service.get("entrypoint") or [])]
        if not all(isinstance(word, str) for word in words):
            yield "a word of the command is no text; quote it"

    def _image(self, dockerfile):
        """Whether the image can be made of what the repository holds."""
        stages = [stage for _, stage in dockerfile.stages()]
        for stage, sources, _ in dockerfile.copies():
            if stage is not None:
                if stage not in stages:
                    yield f"COPY --from={stage}: there is no such stage"
                continue
            for source in sources:
                if not (self.root / source).exists():
                    yield f"COPY {source}: the repository has no such file"
                elif self._is_ignored(source):
                    yield f"COPY {source}: .dockerignore leaves it out"
        copied = {source for stage, sources, _ in dockerfile.copies() if stage is None
                  for source in sources}
        manifest = tomllib.loads((self.root / "Cargo.toml").read_text(encoding="utf-8"))
        for member in manifest["workspace"]["members"]:
            if member.split("/")[0] not in copied:
                yield f"member {member} of the workspace is not copied"
        for needed in ("Cargo.toml", "Cargo.lock"):
            if needed not in copied:
                yield f"{needed} is not copied"
        wanted = manifest["workspace"]["package"]["rust-version"]
        for image, _ in dockerfile.stages():
            found = re.match(r"rust:(\d+)\.(\d+)", image)
            if found and tuple(map(int, found.groups())) < tuple(map(int, wanted.split(".")[:2])):
                yield f"{image} is older than Rust {wanted}, which Cargo.toml asks for"
        if dockerfile.entrypoint() != [PROGRAM]:
            yield f"the entry point is {dockerfile.entrypoint()}, not the program"

    def _is_ignored(self, source):
        ignore = self.root / ".dockerignore"
        lines = ignore.read_text(encoding="utf-8").splitlines() if ignore.exists() else []
        patterns = [line.strip().strip("/") for line in lines
                    if line.strip() and not line.startswith("#")]
        parts = pathlib.PurePosixPath(source).parts
        above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
        return any(fnmatch.fnmatch(path, pattern) for path in above for pattern in patterns)

    def _broker(self, name):
        """Whether the broker keeps what it is given, and can give what is asked of it."""
        settings = broker_settings(self.environment(name))
        if settings.get("auto.create.topics.enable") != "false":
            yield "auto.create.topics.enable must be false: a topic that comes into being by " \
                  "itself has neither the partitions nor the retention of a journal"
        brokers = len(self.of_broker())
        for factor in FACTORS:
            if factor not in settings:
                yield f"{factor} is not set"
            elif not 1 <= int(settings[factor]) <= brokers:
                yield f"{factor} is {settings[factor]} with {brokers} brokers"
        for folder in settings.get("log.dirs", settings.get("log.dir", USUAL_LOG_DIRS)).split(","):
            if not any(is_below(folder, target) for target in self.volumes(name)):
                yield f"keeps its data in {folder}, where no volume is: what was acknowledged " \
                      "goes with the container (set KAFKA_LOG_DIRS)"
        node = settings.get("node.id")
        if f"{node}@{name}:" not in settings.get("controller.quorum.voters", ""):
            yield f"controller.quorum.voters does not have node {node} on {name}"

    def _storage(self, name):
        """Whether the S3 server starts and keeps what it is given."""
        words, variables = self.command(name), self.environment(name)
        folders = [word for word in words[1:] if word.startswith("/")]
        if words[:1] != ["server"] or not folders:
            yield f"{words} is not `server` and its folder"
        for folder in folders:
            if not any(is_below(folder, target) for target in self.volumes(name)):
                yield f"keeps its data in {folder}, where no volume is: the tables go with the " \
                      "container"
        for key, least in KEYS_OF_SERVER.items():
            if len(variables.get(key, "")) < least:
                yield f"{key} needs {least} characters at least"

    def _client(self, name):
        """Whether a client reaches its server when it is to make a bucket."""
        made = list(self.buckets(name))
        if not made:
            yield f"{self.command(name)} makes no bucket"
        if made and "--ignore-existing" not in self.command(name):
            yield "a second start fails without --ignore-existing, and who waits for it never starts"
        for server, bucket in made:
            yield from self._reaches(f"the address for {bucket}", server,
                                     server.username, server.password)
            if waits_for(self.services[name]).get(server.hostname) != HEALTHY:
                yield f"does not wait for {server.hostname} to be healthy"

    def _reaches(self, what, server, user, password):
        """Whether an address is that of an S3 server of the file, and the keys are its keys."""
        address = f"{server.scheme}://{server.netloc.rpartition('@')[2]}"
        if server.hostname not in self.services:
            yield f"{what} is {address}, and {server.hostname} is no service"
        elif server.hostname not in self.of_storage():
            yield f"{what} is {address}, and {server.hostname} is no S3 server"
        else:
            reached = f"http://{server.hostname}:{SERVER_PORT}"
            if address != reached:
                yield f"{what} is {address}; the server is reached at {reached}"
            if (user, password) != tuple(map(self.environment(server.hostname).get,
                                             KEYS_OF_SERVER)):
                yield f"{what}: the keys are not those of {server.hostname}"

    def _tables(self, name):
        """Whether the bucket that a service writes to is there when it starts."""
        tables = self.effective(name).get("tables")
        if tables is None:
            return
        url = urllib.parse.urlsplit(tables.get("url", ""))
        if url.scheme != "s3" or not url.hostname:
            yield f"tables.url is {tables.get('url')}, not s3://bucket/folder"
        server = urllib.parse.urlsplit(tables.get("endpoint", ""))
        yield from self._reaches("tables.endpoint", server, tables.get("access_key_id"),
                                 tables.get("secret_access_key"))
        if server.scheme == "http" and tables.get("allow_http") not in (True, "true"):
            yield "tables.endpoint is not encrypted, and allow_http is not true"
        makers = [client for client in self.of_client() for place, bucket in self.buckets(client)
                  if (place.hostname, bucket) == (server.hostname, url.hostname)]
        if not makers:
            yield f"tables.url: nobody makes the bucket {url.hostname}"
        waits = waits_for(self.services[name])
        if name in self.running("aggregate") and COMPLETED not in map(waits.get, makers):
            yield f"does not wait until the bucket {url.hostname} is made"
        if name in self.running("demo"):
            yield "a demo does not run with settings that name a bucket"

    def _tables_together(self):
        """Whether all who work with the journal on Kafka look for the tables in one place."""
        found = {}
        for name in self.of_program():
            settings = self.effective(name)
            if "kafka" in settings:
                tables = settings.get("tables") or {}
                found.setdefault((tables.get("endpoint"), tables.get("url")), []).append(name)
        if len(found) > 1:
            yield "the tables are not in one place: " + "; ".join(
                f"{', '.join(names)} have {url or 'a folder'}"
                for (_, url), names in found.items())

    def _together(self):
        """Whether the settings of the program fit those of the broker and of the containers."""
        told = [broker_settings(self.environment(name)).get("advertised.listeners", "")
                for name in self.of_broker()]
        reached = set(re.findall(r"://([^,]+)", ",".join(told)))
        brokers = len(self.of_broker())
        for name in self.of_program():
            settings = self.effective(name)
            kafka = settings.get("kafka")
            if kafka is not None:
                for address in kafka.get("brokers", "").split(","):
                    if address not in reached:
                        yield f"{name}: kafka.brokers has {address}; the brokers are reached at " \
                              + ", ".join(sorted(reached))
                copies, needed = kafka.get("replication", 3), kafka.get("min_in_sync", 2)
                if not 1 <= needed <= copies <= brokers:
                    yield f"{name}: replication {copies} and min_in_sync {needed} with {brokers} " \
                          "brokers"
            data, definitions = settings.get("data"), settings.get("definitions")
            if not any(is_below(data or "", target) for target in self.volumes(name)):
                yield f"{name}: the data folder {data} is in no volume"
            if definitions not in [target for _, _, target in self.dockerfile(name).copies()]:
                yield f"{name}: the image has no definitions at {definitions}"

    def effective(self, name):
        """The settings of a service as the program reads them: file, then variables."""
        command, settings = self.arguments(name), {}
        if "--settings" in command:
            place = command[command.index("--settings") + 1]
            settings = tomllib.loads(self.configs(name).get(place, ""))
        for key, value in self.environment(name).items():
            path = key.removeprefix("ZHIBAO_").lower().split("__")
            if key.startswith("ZHIBAO_"):
                inner = settings
                for part in path[:-1]:
                    inner = inner.setdefault(part, {})
                inner[path[-1]] = int(value) if value.isdigit() else value
        if "--data" in command:
            settings["data"] = command[command.index("--data") + 1]
        return settings


def waits_for(service):
    """What a service waits for, and until when."""
    wanted = service.get("depends_on") or {}
    if isinstance(wanted, list):
        return dict.fromkeys(wanted, "service_started")
    return {name: how.get("condition", "service_started") for name, how in wanted.items()}


def is_below(path, folder):
    """Whether a path of a container is a folder or lies in it."""
    return pathlib.PurePosixPath(path.strip()).is_relative_to(folder)


def broker_settings(environment):
    """Variables as the image of Apache Kafka makes settings of them."""
    found = {}
    for name, value in environment.items():
        if name.startswith("KAFKA_") and name not in NO_SETTINGS:
            # Three underscores stand for a hyphen, two for an underscore.
            key = name.removeprefix("KAFKA_").lower().replace("_", ".")
            found[key.replace("...", "-").replace("..", "_")] = value
    return found
