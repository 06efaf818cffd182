"""One process that a test started: paused, woken and ended by its own id, its output in a file."""

import os
import pathlib
import signal
import subprocess
import time


class Child:
    """A process that can be started again under the same name, always behind the same log."""

    def __init__(self, name, command, log, settings=None):
        self.name = name
        self.command = [str(part) for part in command]
        self.log = pathlib.Path(log)
        self.settings = settings
        self.process = None
        self.paused = False
        self.began = None

    def start(self):
        """Starts the process; in a session of its own, so that Ctrl-C reaches only the test."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True)
        self.paused = False
        self.began = time.monotonic()
        return self

    @property
    def age(self):
        """Seconds since it was started."""
        return time.monotonic() - self.began

    @property
    def pid(self):
        """Its process id, or None before the first start."""
        return self.process and self.process.pid

    @property
    def code(self):
        """Its exit code, or None while it runs."""
        return None if self.process is None else self.process.poll()

    @property
    def running(self):
        """Whether it was started and has not ended; a paused one counts as running."""
        return self.process is not None and self.process.poll() is None

    def _signal(self, number):
        # poll() first: an id that was waited for may belong to somebody else by now.
        if self.running:
            os.kill(self.process.pid, number)

    def kill(self):
        """Ends it at once, as a crash does (SIGKILL)."""
        self._signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def pause(self):
        """Stops it in the middle of whatever it does (SIGSTOP)."""
        self._signal(signal.SIGSTOP)
        self.paused = True

    def wake(self):
        """Lets a paused process go on (SIGCONT)."""
        self._signal(signal.SIGCONT)
        self.paused = False

    def ask_to_stop(self):
        """Asks it to end (SIGTERM) without waiting."""
        if self.paused:
            self.wake()
        self._signal(signal.SIGTERM)

    def stop(self, seconds=30):
        """Asks it to end; its exit code, or None when it had to be killed."""
        self.ask_to_stop()
        try:
            return self.process.wait(seconds) if self.process is not None else 0
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def mark(self):
        """The place in the log behind what is written so far."""
        return self.log.stat().st_size if self.log.exists() else 0

    def said(self, since=0):
        """What the log says behind a place."""
        if not self.log.exists():
            return ""
        with open(self.log, "rb") as log:
            log.seek(since)
            return log.read().decode("utf-8", "replace")

    def last_words(self, lines=8):
        """The end of the log, for a message."""
        return "\n".join("    " + line for line in self.said().splitlines()[-lines:])


def wait_for(condition, seconds, every=0.2):
    """Asks until the answer is true; the last answer."""
    until = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer or time.monotonic() > until:
            return answer
        time.sleep(every)
