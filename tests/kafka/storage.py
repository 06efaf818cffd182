"""An S3 server on this machine, over a folder: each folder below its root is a bucket.

  storage.py --storage PROGRAM --scratch DIR      tries the server, alone and behind the proxy

PROGRAM is the S3 gateway `versitygw`. The server listens on a free port of this machine only, and
its keys are known to everybody who reads this.
"""

import argparse
import datetime
import hashlib
import hmac
import http.client
import pathlib
import sys
import time

import installation
import storage_proxy
from broker import HOST, Missing, Trouble, free_port
from child import Child, wait_for

ACCESS_KEY, SECRET_KEY, REGION = "test", "testtest", "us-east-1"
BUCKET = "zhibao"
START_SECONDS = 30


class Storage:
    """The server; a restart finds what was there before."""

    def __init__(self, program, folder, bucket=BUCKET):
        program, folder = pathlib.Path(program).resolve(), pathlib.Path(folder).resolve()
        if not program.is_file():
            raise Missing(f"{program} is missing; name the S3 gateway versitygw")
        self.bucket = bucket
        self.root = folder / "buckets"
        # What S3 keeps beside an object lies here, for file systems without extended attributes.
        self.beside = folder / "beside"
        self.address = f"{HOST}:{free_port()}"
        command = ["env", f"ROOT_ACCESS_KEY={ACCESS_KEY}", f"ROOT_SECRET_KEY={SECRET_KEY}", program,
                   "--port", self.address, "--region", REGION, "--keep-alive", "--quiet",
                   "posix", "--sidecar", self.beside, self.root]
        self.child = Child("storage", command, folder / "storage.log")

    def start(self):
        """Starts it and waits until it lists its bucket."""
        (self.root / self.bucket).mkdir(parents=True, exist_ok=True)
        self.beside.mkdir(parents=True, exist_ok=True)
        self.child.start()
        if not wait_for(self.answers, START_SECONDS, 0.05):
            code = self.child.code
            self.child.kill()
            raise Trouble(f"the storage does not answer (exit {code}):\n" + self.child.last_words())
        return self

    def answers(self):
        """Whether it lists its bucket."""
        try:
            return self.request("GET", "?list-type=2")[0] == 200
        except OSError:
            return False

    def kill(self):
        """As a crash does (SIGKILL)."""
        self.child.kill()

    def stop(self, seconds=10):
        """SIGTERM; killed when that takes too long."""
        return self.child.stop(seconds)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def request(self, method, rest, body=b"", address=None, headers=()):
        """Status and body of a signed request; `rest` follows the bucket's name in the address."""
        path, _, query = f"/{self.bucket}{rest}".partition("?")
        address = address or self.address
        wanted = signed(method, address, path, query, body) | dict(headers)
        connection = http.client.HTTPConnection(address, timeout=30)
        try:
            connection.putrequest(method, path + ("?" + query if query else ""), skip_host=True,
                                  skip_accept_encoding=True)
            for name, text in wanted.items():
                connection.putheader(name, text)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def signed(method, address, path, query, body, now=None):
    """The header of a request with its signature (AWS Signature Version 4).

    The parameters of the query must be in their order and escaped already.
    """
    now = now or datetime.datetime.now(datetime.timezone.utc)
    moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    digest = hashlib.sha256(body).hexdigest()
    headers = {"host": address, "x-amz-content-sha256": digest, "x-amz-date": moment}
    names = ";".join(headers)
    lines = "".join(f"{name}:{text}\n" for name, text in headers.items())
    whole = "\n".join((method, path, query, lines, names, digest))
    scope = f"{day}/{REGION}/s3/aws4_request"
    text = "\n".join(("AWS4-HMAC-SHA256", moment, scope,
                      hashlib.sha256(whole.encode()).hexdigest()))
    key = ("AWS4" + SECRET_KEY).encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/{scope}, "
                                f"SignedHeaders={names}, Signature={signature}")
    return headers


def trial(storage, proxy):
    """Puts, reads and takes away objects through the proxy, with and without 500s."""
    def ask(method, rest, body=b"", **headers):
        try:
            return storage.request(method, rest, body, proxy.address, headers)
        except OSError:
            return "no answer", b""
    large = bytes(range(256)) * 8192
    steps = []

    def step(what, found, wanted):
        steps.append(found == wanted)
        print(f"{what}: {found}" + ("" if found == wanted else f", should be {wanted}"))
    step("put 2 MiB through the proxy", ask("PUT", "/a/large", large)[0], 200)
    status, body = ask("GET", "/a/large")
    step("read it", (status, body == large), (200, True))
    step("its head", ask("HEAD", "/a/large"), (200, b""))
    step("put again, only if it is not there",
         ask("PUT", "/a/large", b"x", **{"If-None-Match": "*"})[0], 412)
    proxy.fail_next(1, storage_proxy.BEFORE)
    step("put with 500 before", ask("PUT", "/b", b"one")[0], 500)
    step("no effect", ask("GET", "/b")[0], 404)
    proxy.fail_next(1, storage_proxy.AFTER)
    step("put with 500 after", ask("PUT", "/b", b"two")[0], 500)
    step("it took effect", ask("GET", "/b"), (200, b"two"))
    step("listed", ask("GET", "?list-type=2")[1].count(b"<Key>"), 2)
    step("taken away", ask("DELETE", "/b")[0], 204)
    proxy.down()
    step("down", ask("GET", "/a/large")[0], "no answer")
    proxy.heal()
    storage.kill()
    storage.start()
    step("after a restart of the server", ask("HEAD", "/a/large")[0], 200)
    return steps


def test(chosen):
    """Tries the server; the exit code."""
    scratch = pathlib.Path(chosen.scratch).resolve()
    installation.empty(scratch)
    began = time.monotonic()
    with Storage(chosen.storage, scratch) as storage:
        with storage_proxy.Proxy(storage.address) as proxy:
            steps = trial(storage, proxy)
    print(f"{sum(steps)} of {len(steps)} steps as they must be, {time.monotonic() - began:.1f} s")
    print("passed" if all(steps) else "FAILED", flush=True)
    return 0 if all(steps) else 1


def main():
    """Reads the arguments and runs."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--storage", required=True, metavar="PROGRAM", help="versitygw")
    parser.add_argument("--scratch", required=True, help="folder for data and logs; emptied first")
    chosen = parser.parse_args()
    return installation.guarded(lambda: test(chosen))


if __name__ == "__main__":
    sys.exit(main())
