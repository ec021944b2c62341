/*
 * Yardstick for a swap's blackout: the round trip between two threads that sleep on eventfds, each on a core
 * of its own: on one core neither would have to be woken from idle.
 *
 * usage: eventfd_roundtrip COUNT
 * prints the 50th and the 99th percentile in nanoseconds
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { LARGEST_COUNT = 1000000, WARM_UP = 1000 };

static int ping;
static int pong;

static uint64_t nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void await_and_signal(int await, int signal) {
    uint64_t value;
    if (read(await, &value, sizeof value) != sizeof value) {
        perror("read");
        exit(1);
    }
    value = 1;
    if (signal >= 0 && write(signal, &value, sizeof value) != sizeof value) {
        perror("write");
        exit(1);
    }
}

/* Moves the calling thread to the process's nth core, if it may run on that many. */
static void settle(int nth) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return;
    }
    for (int core = 0; core < CPU_SETSIZE; core++) {
        if (CPU_ISSET(core, &allowed) && nth-- == 0) {
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(core, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
    }
}

static void *answer(void *count) {
    settle(1);
    for (long i = *(const long *)count; i > 0; i--) {
        await_and_signal(ping, pong);
    }
    return NULL;
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    long count = argc == 2 ? atol(argv[1]) : 0;
    if (count < 1 || count > LARGEST_COUNT) {
        fprintf(stderr, "usage: eventfd_roundtrip COUNT(1..%d)\n", LARGEST_COUNT);
        return 2;
    }
    ping = eventfd(0, EFD_CLOEXEC);
    pong = eventfd(0, EFD_CLOEXEC);
    uint64_t *times = malloc((size_t)count * sizeof *times);
    long rounds = count + WARM_UP;
    pthread_t thread;
    if (ping < 0 || pong < 0 || !times || pthread_create(&thread, NULL, answer, &rounds) != 0) {
        perror("eventfd_roundtrip");
        return 1;
    }
    settle(0);
    for (long i = -WARM_UP; i < count; i++) {
        uint64_t start = nanoseconds();
        uint64_t one = 1;
        if (write(ping, &one, sizeof one) != sizeof one) {
            perror("write");
            return 1;
        }
        await_and_signal(pong, -1);
        if (i >= 0) {
            times[i] = nanoseconds() - start;
        }
    }
    pthread_join(thread, NULL);
    qsort(times, (size_t)count, sizeof *times, ascending);
    printf("%llu %llu\n", (unsigned long long)times[count / 2], (unsigned long long)times[count * 99 / 100]);
    return 0;
}
