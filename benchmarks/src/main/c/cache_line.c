/*
 * How far apart two cores are: one cache line goes back and forth between two threads that spin on it. On a
 * virtual machine this changes while it runs, as its cores are moved over those of the host.
 *
 * usage: cache_line CORE CORE
 * prints the round trip in nanoseconds
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUND_TRIPS = 200000, PADDING = 256 };

static struct {
    char before[PADDING];
    atomic_int turn;
    char after[PADDING];
} line;

static uint64_t nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void settle(int core) {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) {
        perror("sched_setaffinity");
        exit(1);
    }
}

static void *answer(void *core) {
    settle(*(const int *)core);
    for (int i = 0; i < ROUND_TRIPS; i++) {
        while (atomic_load(&line.turn) == 0) {
        }
        atomic_store(&line.turn, 0);
    }
    return NULL;
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: cache_line CORE CORE\n");
        return 2;
    }
    int other = atoi(argv[2]);
    pthread_t thread;
    if (pthread_create(&thread, NULL, answer, &other) != 0) {
        perror("cache_line");
        return 1;
    }
    settle(atoi(argv[1]));
    uint64_t begin = nanoseconds();
    for (int i = 0; i < ROUND_TRIPS; i++) {
        atomic_store(&line.turn, 1);
        while (atomic_load(&line.turn) != 0) {
        }
    }
    printf("%llu\n", (unsigned long long)(nanoseconds() - begin) / ROUND_TRIPS);
    pthread_join(thread, NULL);
    return 0;
}
