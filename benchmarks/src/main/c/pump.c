/*
 * Yardstick for the cable: two TAPs in two network namespaces, one blocking read-write thread per
 * direction.
 *
 * usage: pump NAMESPACE-A INTERFACE-A NAMESPACE-B INTERFACE-B [vnet]
 * With vnet the interfaces have the 12-byte header and take checksum and TCP segmentation offloads.
 * Prints "ready" once both interfaces are there, and runs until it is told to end.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>

#include "tap.h"

struct direction {
    int from;
    int to;
};

static void *carry(void *argument) {
    const struct direction *direction = argument;
    char *buffer = malloc(1 << 17);
    for (ssize_t length; (length = read(direction->from, buffer, 1 << 17)) > 0;) {
        /* A frame that the other side refuses is lost, as on a wire. */
        if (write(direction->to, buffer, (size_t)length) < 0) {
            continue;
        }
    }
    free(buffer);
    return NULL;
}

static int open_in(const char *namespace, const char *name, int vnet_header) {
    char path[256];
    snprintf(path, sizeof path, "/run/netns/%s", namespace);
    int fd = check(open(path, O_RDONLY | O_CLOEXEC), path);
    check(setns(fd, CLONE_NEWNET), "setns");
    close(fd);
    return open_tap(name, vnet_header, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6);
}

int main(int argc, char **argv) {
    if (argc < 5 || argc > 6 || (argc == 6 && strcmp(argv[5], "vnet") != 0)) {
        fprintf(stderr, "usage: pump NAMESPACE-A INTERFACE-A NAMESPACE-B INTERFACE-B [vnet]\n");
        return 2;
    }
    int a = open_in(argv[1], argv[2], argc == 6);
    int b = open_in(argv[3], argv[4], argc == 6);
    struct direction directions[2] = {{a, b}, {b, a}};
    for (int i = 0; i < 2; i++) {
        pthread_t thread;
        check(-pthread_create(&thread, NULL, carry, &directions[i]), "pthread_create");
    }
    puts("ready");
    fflush(stdout);
    pause();
    return 0;
}
