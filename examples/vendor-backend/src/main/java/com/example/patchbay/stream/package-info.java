/**
 * The {@code stream} backend: an endpoint whose frames travel over a unix or TCP connection, each
 * behind its length of 4 bytes, as QEMU's stream netdev and passt speak.
 *
 * <pre>
 *   +----------------+---------------------+----------------+---...
 *   | length         | frame               | length         |
 *   | 4 bytes,       | length bytes,       |                |
 *   | big-endian     | Ethernet, no FCS    |                |
 *   +----------------+---------------------+----------------+---...
 * </pre>
 *
 * <p><b>How one gets at it.</b> Each factory configuration {@code com.example.patchbay.stream~NAME}
 * makes one {@link com.example.patchbay.stream.StreamEndpoint} and registers it as an {@link
 * org.patchbay.api.Endpoint}; its keys are those of {@link
 * com.example.patchbay.stream.StreamConfiguration}. Nobody imports this package.
 *
 * <p><b>Parts.</b> {@link com.example.patchbay.stream.StreamLink} makes connections and makes them
 * again; {@link com.example.patchbay.stream.FrameReader} and {@link
 * com.example.patchbay.stream.FrameWriter} turn bytes into frames and back, and outlive queues;
 * {@link com.example.patchbay.stream.StreamQueue} joins them to Patchbay's contract.
 *
 * <p><b>Threads.</b> The worker of the queue reads and sends; it alone touches a connection's
 * bytes. A thread of the link, there from the first {@code getQueues} to {@code stop}, connects and
 * accepts, and closes what the worker has let go of. Neither waits for the other.
 */
@NullMarked
package com.example.patchbay.stream;

import org.jspecify.annotations.NullMarked;
