package org.patchbay.vhostuser.protocol;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.patchbay.api.EndpointException;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.MemoryFile;
import org.patchbay.vhostuser.peer.Payloads;

/** A session without a socket and without an engine, and memory to share with it. */
final class SessionFixture implements AutoCloseable {

  static final long MEMORY_SIZE = 1 << 20;
  static final long GUEST_ADDRESS = 0x4000_0000L;
  static final long USER_ADDRESS = 0x7f00_0000_0000L;
  static final int PAIRS = 2;

  static final long OFFERED =
      VirtioFeature.mask(
          Set.of(
              VirtioFeature.VERSION_1,
              VirtioFeature.MRG_RXBUF,
              VirtioFeature.EVENT_IDX,
              VirtioFeature.RING_PACKED,
              VirtioFeature.PROTOCOL_FEATURES));

  final RecordingDevice device = new RecordingDevice(PAIRS);
  final MessageCounters counters = new MessageCounters();
  final Session session;
  final MemoryFile memory;
  private final List<EventFd> events = new ArrayList<>();

  SessionFixture() throws LinuxException {
    long protocol = 0;
    for (ProtocolFeature feature : ProtocolFeature.values()) {
      protocol |= feature.mask();
    }
    session = new Session(new Offer(OFFERED, protocol, PAIRS, 1500), device, counters);
    memory = MemoryFile.create("session-test", MEMORY_SIZE);
  }

  /** How many descriptors this process has open. */
  static int descriptors() {
    String[] open = new File("/proc/self/fd").list();
    return open == null ? 0 : open.length;
  }

  /** How many descriptors of shared test memory this process has open. */
  static long files() {
    long count = 0;
    String[] open = new File("/proc/self/fd").list();
    for (String each : open == null ? new String[0] : open) {
      try {
        Path link = Files.readSymbolicLink(Path.of("/proc/self/fd", each));
        count += link.toString().contains("memfd:session-test") ? 1 : 0;
      } catch (IOException e) {
        // It was closed meanwhile.
      }
    }
    return count;
  }

  /** How many mappings of shared test memory this process has. */
  static long mappings() throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.filter(line -> line.contains("memfd:session-test")).count();
    }
  }

  /** Whether anything is mapped at an address. */
  static boolean isMapped(long address) throws IOException {
    try (var lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines
          .map(line -> line.substring(0, line.indexOf(' ')).split("-"))
          .anyMatch(
              range ->
                  Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), address) <= 0
                      && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0);
    }
  }

  /** A second descriptor, which the receiver owns. */
  static Descriptor pass(Descriptor descriptor) throws LinuxException {
    return Descriptor.duplicate(descriptor.value());
  }

  /** The test's end of a counter that {@link #pass} passes on. */
  EventFd event() throws LinuxException {
    EventFd event = EventFd.open();
    events.add(event);
    return event;
  }

  /** Handles a request that asks for no reply. */
  @Nullable Reply handle(Request request, byte[] payload, Descriptor... descriptors)
      throws ProtocolViolation, EndpointException, InterruptedException {
    return handle(request.code(), Message.VERSION, payload, descriptors);
  }

  @Nullable Reply handle(int code, int flags, byte[] payload, Descriptor... descriptors)
      throws ProtocolViolation, EndpointException, InterruptedException {
    try (Message message = new Message(code, flags, payload, List.of(descriptors))) {
      return session.handle(message);
    }
  }

  /** The number that a request is answered with. */
  long ask(Request request, byte[] payload, Descriptor... descriptors)
      throws ProtocolViolation, EndpointException, InterruptedException {
    Reply reply =
        handle(request.code(), Message.VERSION | Message.NEED_REPLY, payload, descriptors);
    if (reply == null) {
      throw new AssertionError(request + " was not answered");
    }
    return Payloads.asNumber(reply.payload());
  }

  /** The base that GET_VRING_BASE answers. */
  int stop(int ring) throws ProtocolViolation, EndpointException, InterruptedException {
    return (int) (ask(Request.GET_VRING_BASE, Payloads.vring(ring, 0)) >>> 32);
  }

  static RegionDescription region(long guestAddress, long size, long offset) {
    return new RegionDescription(guestAddress, size, USER_ADDRESS + offset, offset);
  }

  static RegionDescription whole() {
    return region(GUEST_ADDRESS, MEMORY_SIZE, 0);
  }

  /** Shares all of the memory. */
  void share() throws Exception {
    handle(Request.SET_MEM_TABLE, Payloads.table(List.of(whole())), pass(memory.descriptor()));
  }

  /** Says all of a ring but its kick. */
  void describe(int ring, int size) throws Exception {
    handle(Request.SET_VRING_NUM, Payloads.vring(ring, size));
    handle(Request.SET_VRING_BASE, Payloads.vring(ring, 7));
    long at = USER_ADDRESS + ring * 0x10000L;
    handle(Request.SET_VRING_ADDR, Payloads.addresses(ring, at, at + 0x5000, at + 0x6000));
    handle(Request.SET_VRING_CALL, Payloads.number(ring), pass(event().descriptor()));
  }

  void kick(int ring) throws Exception {
    handle(Request.SET_VRING_KICK, Payloads.number(ring), pass(event().descriptor()));
  }

  /** Negotiates all, shares the memory and starts the first pair. */
  void start() throws Exception {
    handle(Request.SET_FEATURES, Payloads.number(OFFERED & ~VirtioFeature.RING_PACKED.mask()));
    share();
    for (int ring = 0; ring < 2; ring++) {
      describe(ring, 256);
      kick(ring);
      handle(Request.SET_VRING_ENABLE, Payloads.vring(ring, 1));
    }
  }

  @Override
  public void close() throws Exception {
    session.end();
    memory.close();
    events.forEach(EventFd::close);
  }
}
