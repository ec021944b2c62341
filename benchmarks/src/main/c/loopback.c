/*
 * Yardstick for the loopback endpoint: the same work in plain C, without an intermediate copy.
 *
 * A frontend offers batches of 32 packets in guest memory of four regions. The loopback copies each
 * packet's segments straight into the oldest posted receive buffer, writes the receive metadata, and
 * queues the id; the frontend retires the transmits, collects the receives, reads their metadata,
 * keeps account of who holds which buffer, and posts the buffers again. Every guest address is checked against the regions before it is used, and
 * every length against the packet's and the buffer's.
 *
 * The three queue calls are kept out of line: between separately compiled parts they would be calls.
 *
 * usage: loopback BYTES SEGMENTS ROUNDS MILLISECONDS
 * prints the median of the rounds, in nanoseconds per packet
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum {
    BATCH = 32,
    SLOTS = 64,             /* packets in transmit memory, and receive buffers */
    MAX_SEGMENTS = 4,
    SLOT_BYTES = 9280,      /* an odd number of cache lines: neighbours use other cache sets */
    REGIONS = 4,
    REGION_BYTES = 4 << 20,
    TRANSMIT_AREA = 0,
    RECEIVE_REGION = 1,
    RECEIVE_AREA = 2 << 20,
    RING = 256,             /* id queues; a power of two above SLOTS */
    RING_MASK = RING - 1,
};

struct region {
    uint64_t base;
    uint64_t size;
    uint8_t *host;
};

struct guest_memory {
    unsigned count;
    struct region regions[REGIONS];
};

enum checksum_state { CHECKSUM_UNKNOWN, CHECKSUM_GOOD, CHECKSUM_BAD, CHECKSUM_VALIDATED_BUT_WRONG };
enum l4_protocol { L4_UNKNOWN, L4_TCP, L4_UDP };

struct tx_metadata {
    uint32_t id;
    uint32_t length;
    uint16_t segments;
    uint8_t flags;
    uint8_t l2_length;
    uint16_t l3_length;
    uint8_t l4_length;
    bool has_vlan;
    uint16_t transport_offset;
    uint16_t segment_size;
    uint16_t vlan;
};

struct tx_segment {
    uint64_t address;
    uint32_t length;
    int32_t packet; /* index of the metadata for a head, -1 for a tail */
};

struct tx_batch {
    unsigned segment_count;
    unsigned packet_count;
    struct tx_segment segments[BATCH * MAX_SEGMENTS];
    struct tx_metadata packets[BATCH];
};

struct rx_metadata {
    uint32_t offset;
    uint32_t length;
    uint8_t ip_checksum;
    uint8_t l4_checksum;
    uint8_t l4_protocol;
    bool has_vlan;
    uint16_t vlan;
};

struct rx_buffer {
    uint64_t address;
    uint32_t capacity;
};

/* What the frontend shows a backend: guest memory and its receive buffers, by id. A buffer that the
 * backend does not hold is refused. */
struct buffer_access {
    struct guest_memory memory;
    struct rx_buffer buffers[SLOTS];
    bool posted[SLOTS];
    struct rx_metadata received[SLOTS];
};

struct id_queue {
    uint32_t head;
    uint32_t tail;
    uint32_t ids[RING];
};

struct loopback {
    struct id_queue posted;
    struct id_queue completed;
    uint64_t transmitted;
    uint64_t received;
    uint64_t vlan_packets;
    uint64_t transmit_errors;
    uint64_t receive_errors;
};

static inline uint32_t queued(const struct id_queue *queue) { return queue->tail - queue->head; }

static inline void push(struct id_queue *queue, uint32_t id) { queue->ids[queue->tail++ & RING_MASK] = id; }

/* The host address of a guest range, or NULL unless it lies in one region. */
static inline uint8_t *translate(const struct guest_memory *memory, uint64_t address, uint32_t length) {
    for (unsigned i = 0; i < memory->count; i++) {
        const struct region *region = &memory->regions[i];
        uint64_t offset = address - region->base;
        if (offset < region->size) {
            return length <= region->size - offset ? region->host + offset : NULL;
        }
    }
    return NULL;
}

static __attribute__((noinline)) void rx_avail(struct loopback *queue, const uint32_t *ids, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        push(&queue->posted, ids[i]);
    }
}

/* Copies one packet into one buffer; false, with nothing consumed, when the packet is malformed. */
static bool reflect(struct buffer_access *access, const struct tx_metadata *packet,
                    const struct tx_segment *segments, uint32_t id) {
    const struct rx_buffer *buffer = &access->buffers[id];
    if (packet->length > buffer->capacity) {
        return false;
    }
    uint8_t *to = translate(&access->memory, buffer->address, packet->length);
    if (!to) {
        return false;
    }
    uint32_t room = packet->length;
    for (unsigned i = 0; i < packet->segments; i++) {
        uint32_t length = segments[i].length;
        const uint8_t *from = translate(&access->memory, segments[i].address, length);
        if (!from || length > room || (i > 0 && segments[i].packet >= 0)) {
            return false;
        }
        memcpy(to, from, length);
        to += length;
        room -= length;
    }
    if (room != 0) {
        return false;
    }
    struct rx_metadata *metadata = &access->received[id];
    metadata->offset = 0;
    metadata->length = packet->length;
    metadata->ip_checksum = CHECKSUM_UNKNOWN;
    metadata->l4_checksum = CHECKSUM_UNKNOWN;
    metadata->l4_protocol = L4_UNKNOWN;
    metadata->has_vlan = packet->has_vlan;
    metadata->vlan = packet->vlan;
    return true;
}

/* Answers how many packets were accepted; all of them are complete. */
static __attribute__((noinline)) unsigned tx_avail(struct loopback *queue, struct buffer_access *access,
                                                   const struct tx_batch *batch) {
    unsigned accepted = 0;
    for (unsigned at = 0; at < batch->segment_count && queued(&queue->posted) > 0; accepted++) {
        int32_t index = batch->segments[at].packet;
        if (index < 0) {
            queue->transmit_errors++;
            at++;
            continue;
        }
        const struct tx_metadata *packet = &batch->packets[index];
        if (packet->segments == 0 || packet->segments > batch->segment_count - at) {
            queue->transmit_errors++;
            break;
        }
        uint32_t id = queue->posted.ids[queue->posted.head & RING_MASK];
        if (id < SLOTS && access->posted[id] && reflect(access, packet, &batch->segments[at], id)) {
            queue->posted.head++;
            push(&queue->completed, id);
            queue->transmitted++;
            queue->received++;
            queue->vlan_packets += packet->has_vlan;
        } else {
            queue->transmit_errors++;
        }
        at += packet->segments;
    }
    return accepted;
}

static __attribute__((noinline)) unsigned rx_poll(struct loopback *queue, uint32_t *ids, unsigned space) {
    unsigned count = queued(&queue->completed);
    if (count > space) {
        count = space;
    }
    for (unsigned i = 0; i < count; i++) {
        ids[i] = queue->completed.ids[queue->completed.head++ & RING_MASK];
    }
    return count;
}

struct frontend {
    struct buffer_access access;
    struct tx_batch batch;
    struct tx_segment layout[SLOTS][MAX_SEGMENTS];
    struct id_queue retired;
    unsigned segments;
    uint32_t bytes;
    uint32_t next_slot;
    uint64_t bytes_received;
};

/* Fills the batch with the next packets, as a frontend does from its guest's ring. */
static void build(struct frontend *frontend) {
    struct tx_batch *batch = &frontend->batch;
    batch->segment_count = 0;
    batch->packet_count = 0;
    for (unsigned i = 0; i < BATCH; i++) {
        uint32_t slot = frontend->next_slot++ & (SLOTS - 1);
        struct tx_metadata *packet = &batch->packets[batch->packet_count];
        *packet = (struct tx_metadata){
            .id = slot,
            .length = frontend->bytes,
            .segments = (uint16_t)frontend->segments,
        };
        for (unsigned s = 0; s < frontend->segments; s++) {
            struct tx_segment *segment = &batch->segments[batch->segment_count++];
            segment->address = frontend->layout[slot][s].address;
            segment->length = frontend->layout[slot][s].length;
            segment->packet = s == 0 ? (int32_t)batch->packet_count : -1;
        }
        batch->packet_count++;
    }
}

/* One turn of a frontend's loop; answers how many packets came back. */
static unsigned turn(struct frontend *frontend, struct loopback *queue) {
    build(frontend);
    unsigned accepted = tx_avail(queue, &frontend->access, &frontend->batch);
    for (unsigned i = 0; i < accepted; i++) {
        push(&frontend->retired, frontend->batch.packets[i].id);
    }
    uint32_t ids[BATCH];
    unsigned count = rx_poll(queue, ids, BATCH);
    for (unsigned i = 0; i < count; i++) {
        frontend->access.posted[ids[i]] = false;
        frontend->bytes_received += frontend->access.received[ids[i]].length;
    }
    for (unsigned i = 0; i < count; i++) {
        frontend->access.posted[ids[i]] = true;
    }
    rx_avail(queue, ids, count);
    return count;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double measure(struct frontend *frontend, struct loopback *queue, double nanoseconds) {
    uint64_t packets = 0;
    double start = now();
    double end;
    do {
        for (unsigned i = 0; i < 256; i++) {
            packets += turn(frontend, queue);
        }
        end = now();
    } while (end - start < nanoseconds);
    return (end - start) / (double)packets;
}

static uint64_t slot_address(const struct guest_memory *memory, unsigned region, uint64_t area, unsigned slot) {
    return memory->regions[region].base + area + (uint64_t)slot * SLOT_BYTES;
}

static void prepare(struct frontend *frontend, struct loopback *queue, uint32_t bytes, unsigned segments) {
    static const uint64_t bases[REGIONS] = {0, 16 << 20, 1ULL << 30, 4ULL << 30};
    struct guest_memory *memory = &frontend->access.memory;
    memory->count = REGIONS;
    for (unsigned i = 0; i < REGIONS; i++) {
        void *host = mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (host == MAP_FAILED) {
            perror("mmap");
            exit(1);
        }
        memory->regions[i] = (struct region){bases[i], REGION_BYTES, host};
    }
    frontend->bytes = bytes;
    frontend->segments = segments;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        uint32_t offset = 0;
        for (unsigned s = 0; s < segments; s++) {
            uint32_t length = s == segments - 1 ? bytes - offset : bytes / segments;
            uint64_t address = slot_address(memory, (slot + s) % REGIONS, TRANSMIT_AREA, slot) + offset;
            frontend->layout[slot][s] = (struct tx_segment){address, length, 0};
            uint8_t *data = translate(memory, address, length);
            for (uint32_t i = 0; i < length; i++) {
                data[i] = (uint8_t)(slot * 31 + offset + i);
            }
            offset += length;
        }
        frontend->access.buffers[slot] =
            (struct rx_buffer){slot_address(memory, RECEIVE_REGION, RECEIVE_AREA, slot), SLOT_BYTES};
        frontend->access.posted[slot] = true;
        rx_avail(queue, &slot, 1);
    }
}

/* Every receive buffer must hold the packet of the slot that was reflected into it. */
static void verify(const struct frontend *frontend, const struct loopback *queue) {
    if (queue->transmit_errors || queue->receive_errors || queued(&queue->posted) != SLOTS) {
        fprintf(stderr, "loopback: %llu errors, %u of %d buffers posted\n",
                (unsigned long long)queue->transmit_errors, queued(&queue->posted), SLOTS);
        exit(1);
    }
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        const uint8_t *data = translate(&frontend->access.memory, frontend->access.buffers[slot].address, frontend->bytes);
        for (uint32_t i = 0; i < frontend->bytes; i++) {
            if (data[i] != (uint8_t)(slot * 31 + i)) {
                fprintf(stderr, "loopback: buffer %u differs at byte %u\n", slot, i);
                exit(1);
            }
        }
    }
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    uint32_t bytes = argc == 5 ? (uint32_t)atoi(argv[1]) : 0;
    unsigned segments = argc == 5 ? (unsigned)atoi(argv[2]) : 0;
    unsigned rounds = argc == 5 ? (unsigned)atoi(argv[3]) : 0;
    double nanoseconds = argc == 5 ? atof(argv[4]) * 1e6 : 0;
    if (bytes < 14 || bytes > SLOT_BYTES || segments < 1 || segments > MAX_SEGMENTS || rounds < 1 || rounds > 99) {
        fprintf(stderr, "usage: loopback BYTES(14..%d) SEGMENTS(1..%d) ROUNDS(1..99) MILLISECONDS\n", SLOT_BYTES, MAX_SEGMENTS);
        return 2;
    }
    static struct frontend frontend;
    static struct loopback queue;
    prepare(&frontend, &queue, bytes, segments);
    measure(&frontend, &queue, 5e7);
    double results[99];
    for (unsigned i = 0; i < rounds; i++) {
        results[i] = measure(&frontend, &queue, nanoseconds);
    }
    verify(&frontend, &queue);
    qsort(results, rounds, sizeof results[0], ascending);
    printf("%.3f\n", results[rounds / 2]);
    return 0;
}
