/* What the TAP yardsticks share: opening an interface, bringing it up, and failing with a sentence. */
#ifndef PATCHBAY_BENCHMARKS_TAP_H
#define PATCHBAY_BENCHMARKS_TAP_H

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { VNET_HEADER = 12 };

_Static_assert(sizeof(struct virtio_net_hdr_mrg_rxbuf) == VNET_HEADER, "the header with a buffer count");

static inline int check(int result, const char *call) {
    if (result < 0) {
        perror(call);
        exit(1);
    }
    return result;
}

static inline double nanoseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* Opens the interface in the calling thread's network namespace, making it if need be. */
static inline int open_tap(const char *name, int vnet_header, unsigned offloads) {
    int fd = check(open("/dev/net/tun", O_RDWR | O_CLOEXEC), "open /dev/net/tun");
    struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | (vnet_header ? IFF_VNET_HDR : 0))};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    check(ioctl(fd, TUNSETIFF, &request), "TUNSETIFF");
    if (vnet_header) {
        int size = VNET_HEADER;
        check(ioctl(fd, TUNSETVNETHDRSZ, &size), "TUNSETVNETHDRSZ");
        check(ioctl(fd, TUNSETOFFLOAD, (unsigned long)offloads), "TUNSETOFFLOAD");
    }
    return fd;
}

static inline void bring_up(const char *name) {
    int fd = check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
    struct ifreq request = {0};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    check(ioctl(fd, SIOCGIFFLAGS, &request), "SIOCGIFFLAGS");
    request.ifr_flags |= IFF_UP;
    check(ioctl(fd, SIOCSIFFLAGS, &request), "SIOCSIFFLAGS");
    close(fd);
}

#endif
