"""A thread that sends returns without a pause and writes down what was acknowledged where."""

import collections
import json
import threading
import time

from confluent_kafka import Producer

from broker import QUIET

Acknowledged = collections.namedtuple("Acknowledged", "id digest partition offset")


class Load(threading.Thread):
    """Sends by an idempotent producer; what is not acknowledged is sent again, as collectors do."""

    def __init__(self, bootstrap, topic, returns, rate=200, message_seconds=120):
        super().__init__(name="load", daemon=True)
        self.topic, self.returns, self.rate = topic, returns, rate
        self.settings = {
            "bootstrap.servers": bootstrap, "enable.idempotence": True, "acks": "all",
            "linger.ms": 5, "compression.type": "zstd",
            "message.timeout.ms": 1000 * message_seconds,
            # A broker that is back is found at once, so that little of a cycle goes by.
            "reconnect.backoff.ms": 50, "reconnect.backoff.max.ms": 500, **QUIET}
        self.acknowledged = []
        self.times_sent = collections.Counter()
        self.ids = set()
        self.by_sort = collections.Counter()
        self.refused = collections.Counter()
        self.open = 0
        self.trouble = None
        self._unconfirmed = collections.deque()
        self._broken = False
        self._ending = threading.Event()
        self._abandoned = threading.Event()

    def run(self):
        """Sends until told to end, then waits for the last acknowledgements."""
        producer = Producer(self.settings)
        try:
            due = time.monotonic()
            while not self._ending.is_set():
                if self._broken:
                    producer = self._another(producer)
                producer.poll(0)
                if self.open < 20_000 and time.monotonic() >= due:
                    # Time that was lost is not caught up with: no flood after an outage.
                    due = max(due + 1 / self.rate, time.monotonic() - 0.1)
                    self._send(producer, self._next())
                else:
                    producer.poll(0.002)
            self._last(producer)
        except BaseException as error:  # the thread that waits for us must hear of it
            self.trouble = error
            raise

    def _next(self):
        if self._unconfirmed:
            return self._unconfirmed.popleft()
        sent = self.returns.next()
        self.by_sort[sent.sort] += 1
        return sent

    def _send(self, producer, sent):
        self.times_sent[sent.digest] += 1
        self.ids.add(sent.id)
        self.open += 1

        def delivered(error, message):
            self.open -= 1
            if error is None:
                self.acknowledged.append(
                    Acknowledged(sent.id, sent.digest, message.partition(), message.offset()))
                return
            self.refused[error.name()] += 1
            self._unconfirmed.append(sent)
            self._broken = self._broken or error.fatal() or error.name() == "_FATAL"

        while True:
            try:
                producer.produce(self.topic, key=sent.key, value=sent.data,
                                 partition=sent.partition, headers=list(sent.headers),
                                 on_delivery=delivered)
                return
            except BufferError:
                producer.poll(0.1)

    def _another(self, producer):
        """A new producer in place of one that gave up."""
        producer.purge()
        producer.flush(5)
        self._broken = False
        return Producer(self.settings)

    def _last(self, producer):
        """Waits for what is on its way; what fails meanwhile is sent again."""
        while not self._abandoned.is_set():
            producer.flush(1)
            if self._broken:
                producer = self._another(producer)
            if not self.open and not self._unconfirmed:
                return
            while self._unconfirmed and not self._broken:
                self._send(producer, self._unconfirmed.popleft())

    def note(self, sent):
        """Takes note of a message that somebody else sends."""
        self.times_sent[sent.digest] += 1
        self.ids.add(sent.id)

    def end(self, seconds=150):
        """Ends the load; whether everything that was sent is acknowledged."""
        self._ending.set()
        self.join(seconds)
        if self.trouble is not None:
            raise self.trouble
        return not self.is_alive()

    def abandon(self):
        """Ends the load without waiting for acknowledgements."""
        self._abandoned.set()
        self._ending.set()
        self.join(10)

    def wait_for_more(self, count, seconds):
        """Waits until so many more are acknowledged; whether they came."""
        goal, until = len(self.acknowledged) + count, time.monotonic() + seconds
        while len(self.acknowledged) < goal and time.monotonic() < until and self.trouble is None:
            time.sleep(0.05)
        return len(self.acknowledged) >= goal


def write(path, acknowledged):
    """Keeps the list of what was acknowledged."""
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in acknowledged)


def read(path):
    """A list that was kept."""
    with open(path, encoding="utf-8") as file:
        return [Acknowledged(*json.loads(line)) for line in file]
