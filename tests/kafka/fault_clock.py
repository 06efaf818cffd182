"""The wall clock jumps a day ahead, then two days back, while an aggregator works.

A library that is loaded before the program's own shifts what it takes for the time of day, by what
a file says at the moment. The monotonic clock goes on evenly, as on a machine whose wall clock is
set: only that one jumps. A wait until a moment of the wall clock ends when the shifted clock is
there, so one that is under way at a jump back lasts that much longer, as the system does it.
libfaketime is not used, since it leaves out `cnd_timedwait`, by which the Kafka client waits: at a
jump it would hang for a day where a machine's clock lets it go on.
"""

import os
import struct
import time

import disk
import tables
from broker import need

DAY = 24 * 3600
JUMPS = DAY, -DAY, 0
SECONDS_EACH = 3
VARIABLE = "ZHIBAO_TEST_WALL_CLOCK"
# In glibc the conditions and mutexes of C11 are those of POSIX.
LIBRARY = """#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>
#define SECOND 1000000000LL
#define SLICE 10000000LL
static const volatile int64_t *shift;
__attribute__((constructor)) static void begin(void)
{
  const char *path = getenv("ZHIBAO_TEST_WALL_CLOCK");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *at = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, file, 0);
  if (at == MAP_FAILED) abort();
  shift = at;
  close(file);
}
static int real(clockid_t clock, struct timespec *now)
{ return syscall(SYS_clock_gettime, clock, now); }
int clock_gettime(clockid_t clock, struct timespec *now)
{
  int failed = real(clock, now);
  if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *shift;
  return failed;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
  struct timespec fine;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &fine);
  now->tv_sec = fine.tv_sec;
  now->tv_usec = fine.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *now)
{
  struct timespec fine;
  clock_gettime(CLOCK_REALTIME, &fine);
  if (now) *now = fine.tv_sec;
  return fine.tv_sec;
}
int timespec_get(struct timespec *now, int base)
{ return clock_gettime(CLOCK_REALTIME, now) ? 0 : base; }
int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until)
{
  for (;;) {
    struct timespec end;
    real(CLOCK_REALTIME, &end);
    int64_t left = (until->tv_sec - *shift - end.tv_sec) * SECOND + until->tv_nsec - end.tv_nsec;
    int64_t slice = left > SLICE ? SLICE : left > 0 ? left : 0;
    end.tv_sec += (end.tv_nsec + slice) / SECOND;
    end.tv_nsec = (end.tv_nsec + slice) % SECOND;
    int woken = pthread_cond_clockwait(cond, mutex, CLOCK_REALTIME, &end);
    if (woken != ETIMEDOUT || left <= SLICE) return woken;
  }
}
int cnd_timedwait(cnd_t *restrict cond, mtx_t *restrict mutex,
                  const struct timespec *restrict until)
{
  int woken = pthread_cond_timedwait((void *)cond, (void *)mutex, until);
  return woken == 0 ? thrd_success : woken == ETIMEDOUT ? thrd_timedout : thrd_error;
}
"""


def jumps(stage):
    """Three jumps under load."""
    clock = stage.scratch / "clock"
    _set(clock, 0)
    stage.prefix = ["env", f"LD_PRELOAD={_library(stage.scratch)}", f"{VARIABLE}={clock}"]
    child = stage.work()
    watch, longest = stage.watch(child), 0
    for jump in JUMPS:
        _set(clock, jump)
        stood, moved = _longest_standstill(stage)
        longest = max(longest, stood)
        stage.expect(moved, f"nothing was settled in {SECONDS_EACH} s after the clock went to "
                            f"{jump:+} s")
    stage.recover()
    watch.end()
    stage.notes.append(f"longest standstill {longest:.1f} s")
    stage.expect(not watch.dead(), f"/live did not say yes {watch.dead()} times")
    _look_at_commits(stage)


def _library(scratch):
    """Makes the library whose wall clock jumps."""
    compiler = need("cc", "a C compiler (" + disk.DEBIAN.format("gcc libc6-dev") + ")")
    source, library = scratch / "clock.c", scratch / "clock.so"
    source.write_text(LIBRARY, encoding="utf-8")
    disk.command(compiler, "-shared", "-fPIC", "-O1", "-o", library, source)
    return library


def _set(clock, seconds):
    """Sets the clock apart from the real one; in one write, so that nobody sees half of it."""
    file = os.open(clock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.pwrite(file, struct.pack("=q", seconds), 0)
    finally:
        os.close(file)


def _longest_standstill(stage):
    """How long the tables stood still at most for a while, and whether they moved at all."""
    began = last = time.monotonic()
    first = settled = stage.settled()
    longest = 0
    while (now := time.monotonic()) < began + SECONDS_EACH:
        if (found := stage.settled()) != settled:
            settled, last = found, now
        longest = max(longest, now - last)
        time.sleep(0.05)
    return longest, settled != first


def _look_at_commits(stage):
    """The jumps must stand in the log of the table, or there were none."""
    now = time.time()
    away = [action["commitInfo"]["timestamp"] / 1000 - now
            for _, actions in tables.log(stage.data, tables.SUBMISSIONS)
            for action in actions if "commitInfo" in action]
    ahead = sum(shift > DAY / 2 for shift in away)
    back = sum(shift < -DAY / 2 for shift in away)
    stage.notes.append(f"only the wall clock jumped: {ahead} commits a day ahead, {back} a day "
                       f"back, {len(away) - ahead - back} at their time")
    stage.expect(ahead and back, "the program's clock did not jump both ways")
