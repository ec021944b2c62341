/*
 * Yardstick for the tap endpoint: C's write loop and read loop on a TAP with the 12-byte header.
 * Run it inside a network namespace of its own.
 *
 *   tap_loop write  INTERFACE BYTES MILLISECONDS   writes frames for that long; prints ns per frame.
 *                                                  Above 1514 bytes: one TCPv4 segmentation frame.
 *   tap_loop drain  INTERFACE BYTES COUNT          for each line on its input reads COUNT frames that
 *                                                  wait in the interface's queue; prints ns per frame
 *   tap_loop inject INTERFACE BYTES COUNT          for each line on its input sends COUNT frames out
 *                                                  of the interface, for its owner to read; prints "sent"
 *
 * drain and inject print "ready" once they have opened what they need, and end with their input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdbool.h>
#include <stdint.h>

#include "tap.h"

enum {
    LARGEST_PLAIN = 1514,
    LARGEST = 65549,          /* an IPv4 datagram of 65535 bytes behind its Ethernet header */
    HEADERS = 54,             /* Ethernet, IPv4 and TCP, without options */
    SEGMENT_SIZE = 1448,
    EXPERIMENTAL_TYPE = 0x88b5, /* IEEE 802 local experimental: no protocol takes such a frame */
};

static const uint8_t DESTINATION[6] = {0x02, 0, 0, 0, 0, 0x0b};
static const uint8_t SOURCE[6] = {0x02, 0, 0, 0, 0, 0x0a};

static uint16_t ip_checksum(const uint8_t *header) {
    uint32_t sum = 0;
    for (int i = 0; i < 20; i += 2) {
        sum += (uint32_t)(header[i] << 8 | header[i + 1]);
    }
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~(sum + (sum >> 16));
}

static void put16(uint8_t *at, unsigned value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* A frame to a stranger's address, which the kernel takes and drops early. */
static void fill_frame(uint8_t *frame, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++) {
        frame[i] = (uint8_t)i;
    }
    memcpy(frame, DESTINATION, 6);
    memcpy(frame + 6, SOURCE, 6);
    put16(frame + 12, EXPERIMENTAL_TYPE);
    if (bytes <= LARGEST_PLAIN) {
        return;
    }
    static const uint8_t ip[20] = {0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 99, 0, 1, 10, 99, 0, 2};
    put16(frame + 12, ETH_P_IP);
    memcpy(frame + 14, ip, sizeof ip);
    put16(frame + 16, bytes - 14);
    put16(frame + 24, ip_checksum(frame + 14));
    memset(frame + 34, 0, 20);
    put16(frame + 34, 40000);
    put16(frame + 36, 40001);
    frame[46] = 5 << 4; /* header of five words */
    frame[47] = 0x10;   /* ACK */
}

static void fill_header(uint8_t *header, unsigned bytes) {
    struct virtio_net_hdr_mrg_rxbuf vnet = {0};
    if (bytes > LARGEST_PLAIN) {
        vnet.hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
        vnet.hdr.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
        vnet.hdr.hdr_len = HEADERS;
        vnet.hdr.gso_size = SEGMENT_SIZE;
        vnet.hdr.csum_start = 34;
        vnet.hdr.csum_offset = 16;
    }
    memcpy(header, &vnet, sizeof vnet);
}

static int write_loop(const char *name, unsigned bytes, double limit) {
    static uint8_t buffer[VNET_HEADER + LARGEST];
    int fd = open_tap(name, true, 0);
    bring_up(name);
    fill_header(buffer, bytes);
    fill_frame(buffer + VNET_HEADER, bytes);
    uint64_t frames = 0;
    double start = 0;
    double end = 0;
    for (double now = nanoseconds(), measured = now + 5e7, stop = measured + limit; now < stop; now = nanoseconds()) {
        if (start == 0 && now >= measured) {
            start = now;
            frames = 0;
        }
        for (int i = 0; i < 64; i++) {
            if (write(fd, buffer, VNET_HEADER + bytes) != (ssize_t)(VNET_HEADER + bytes)) {
                perror("write");
                return 1;
            }
        }
        frames += 64;
        end = nanoseconds();
    }
    printf("%.2f\n", (end - start) / (double)frames);
    return 0;
}

static bool awaken(void) {
    char line[64];
    return fgets(line, sizeof line, stdin) != NULL;
}

static int drain_loop(const char *name, unsigned bytes, int count) {
    static uint8_t buffer[VNET_HEADER + LARGEST];
    int fd = open_tap(name, true, 0);
    bring_up(name);
    check(fcntl(fd, F_SETFL, O_NONBLOCK), "fcntl");
    puts("ready");
    fflush(stdout);
    while (awaken()) {
        double start = nanoseconds();
        for (int i = 0; i < count; i++) {
            if (read(fd, buffer, sizeof buffer) != (ssize_t)(VNET_HEADER + bytes)) {
                fprintf(stderr, "drain: frame %d of %d: %s\n", i, count, strerror(errno));
                return 1;
            }
        }
        printf("%.2f\n", (nanoseconds() - start) / count);
        fflush(stdout);
    }
    return 0;
}

static int inject_loop(const char *name, unsigned bytes, int count) {
    static uint8_t frame[LARGEST];
    int fd = check(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "socket AF_PACKET");
    struct ifreq request = {0};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    check(ioctl(fd, SIOCGIFINDEX, &request), "SIOCGIFINDEX");
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(EXPERIMENTAL_TYPE),
        .sll_ifindex = request.ifr_ifindex,
        .sll_halen = 6,
    };
    memcpy(address.sll_addr, DESTINATION, 6);
    fill_frame(frame, bytes);
    puts("ready");
    fflush(stdout);
    while (awaken()) {
        for (int i = 0; i < count; i++) {
            if (sendto(fd, frame, bytes, 0, (struct sockaddr *)&address, sizeof address) != (ssize_t)bytes) {
                perror("sendto");
                return 1;
            }
        }
        puts("sent");
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv) {
    unsigned bytes = argc == 5 ? (unsigned)atoi(argv[3]) : 0;
    int amount = argc == 5 ? atoi(argv[4]) : 0;
    if (bytes >= 60 && bytes <= LARGEST && amount > 0) {
        if (strcmp(argv[1], "write") == 0) {
            return write_loop(argv[2], bytes, amount * 1e6);
        }
        if (strcmp(argv[1], "drain") == 0 && bytes <= LARGEST_PLAIN) {
            return drain_loop(argv[2], bytes, amount);
        }
        if (strcmp(argv[1], "inject") == 0 && bytes <= LARGEST_PLAIN) {
            return inject_loop(argv[2], bytes, amount);
        }
    }
    fprintf(stderr, "usage: tap_loop write|drain|inject INTERFACE BYTES(60..%d) MILLISECONDS|COUNT\n", LARGEST);
    return 2;
}
