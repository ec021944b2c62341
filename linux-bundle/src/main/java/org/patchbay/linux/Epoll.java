package org.patchbay.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * One epoll instance: watches descriptors, each with a token, and waits for their events.
 *
 * <p>{@link #add} and {@link #remove} may be called by any thread; {@link #modify}, {@link #await}
 * and the answers about its events by one thread at a time; these allocate nothing.
 *
 * <p>The kernel's structures are
 *
 * <pre>{@code
 * struct epoll_event {       // packed on x86-64: 12 bytes, data at 4;
 *   uint32_t     events;     // natural alignment on aarch64: 16 bytes, data at 8
 *   epoll_data_t data;       // a union of 64 bits
 * };
 * struct timespec {
 *   time_t tv_sec;
 *   long   tv_nsec;
 * };
 * }</pre>
 */
public final class Epoll implements AutoCloseable {
  /** Readable: an event or an interest. */
  public static final int IN = Uapi.EPOLLIN;

  /** Writable: an event or an interest. */
  public static final int OUT = Uapi.EPOLLOUT;

  /** An error condition; reported whatever the interest. */
  public static final int ERROR = Uapi.EPOLLERR;

  /** A hang-up; reported whatever the interest. */
  public static final int HANG_UP = Uapi.EPOLLHUP;

  /** The other end of a connection sends no more; an event or an interest. */
  public static final int PEER_CLOSED = Uapi.EPOLLRDHUP;

  /** Interest flag: after one event the descriptor reports nothing until it is modified. */
  public static final int ONE_SHOT = Uapi.EPOLLONESHOT;

  /** Interest flag: report a change of state once, instead of the state again and again. */
  public static final int EDGE = Uapi.EPOLLET;

  static final StructLayout TIMESPEC =
      Native.struct(
          "struct timespec", Native.LONG.withName("tv_sec"), Native.LONG.withName("tv_nsec"));

  private static final StructLayout EVENT = eventLayout(hostArchitecture());
  private static final long EVENTS = Native.offset(EVENT, "events");
  private static final long DATA = Native.offset(EVENT, "data");
  private static final long SIZE = EVENT.byteSize();
  private static final long SECONDS = Native.offset(TIMESPEC, "tv_sec");
  private static final long NANOS = Native.offset(TIMESPEC, "tv_nsec");
  private static final ValueLayout.OfLong UNALIGNED = Native.LONG.withByteAlignment(4);
  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long NANOS_PER_MILLI = 1_000_000L;

  private final Descriptor descriptor;
  private final MemorySegment state;
  private final MemorySegment events;
  private final MemorySegment timeout;
  private final MemorySegment change;
  private final int capacity;
  private boolean nanosecondTimeouts = true;

  private Epoll(Descriptor descriptor, int capacity) {
    Arena arena = Arena.ofAuto();
    this.descriptor = descriptor;
    this.capacity = capacity;
    this.state = arena.allocate(Native.CAPTURE);
    this.events = arena.allocate(SIZE * capacity, 8);
    this.timeout = arena.allocate(TIMESPEC);
    this.change = arena.allocate(SIZE, 8);
  }

  /** The layout of {@code struct epoll_event} on an architecture. */
  static StructLayout eventLayout(Architecture architecture) {
    return architecture.packedEpollEvent()
        ? Native.struct(
            "struct epoll_event",
            Native.INT.withName("events"),
            Native.LONG.withByteAlignment(4).withName("data"))
        : Native.struct(
            "struct epoll_event",
            Native.INT.withName("events"),
            MemoryLayout.paddingLayout(4),
            Native.LONG.withName("data"));
  }

  private static Architecture hostArchitecture() {
    Architecture host = Architecture.host();
    if (host == null) {
      throw new UnsupportedOperationException(LinuxPlatform.problem());
    }
    return host;
  }

  /**
   * Makes an instance that watches nothing.
   *
   * @param capacity how many events one wait can report, at least 1
   */
  public static Epoll open(int capacity) throws LinuxException {
    if (capacity < 1) {
      throw new IllegalArgumentException("A wait reports 1 event or more, not " + capacity + ".");
    }
    try (CallFrame frame = new CallFrame()) {
      int fd = EventCalls.epollCreate(frame.state, Uapi.EPOLL_CLOEXEC);
      return new Epoll(Descriptor.owning(LinuxException.check("epoll_create1", fd)), capacity);
    }
  }

  /** Begins to watch a descriptor; 0 or the negated errno. */
  public int add(int watched, int interest, long token) {
    try (CallFrame frame = new CallFrame()) {
      return control(
          frame.state, frame.allocate(SIZE), Uapi.EPOLL_CTL_ADD, watched, interest, token);
    }
  }

  /** Changes interest and token of a watched descriptor, and reports its present state anew. */
  public int modify(int watched, int interest, long token) {
    return control(state, change, Uapi.EPOLL_CTL_MOD, watched, interest, token);
  }

  /** Ends the watch of a descriptor; 0 or the negated errno. */
  public int remove(int watched) {
    try (CallFrame frame = new CallFrame()) {
      return control(frame.state, frame.allocate(SIZE), Uapi.EPOLL_CTL_DEL, watched, 0, 0);
    }
  }

  private int control(
      MemorySegment errno,
      MemorySegment event,
      int operation,
      int watched,
      int interest,
      long token) {
    event.set(Native.INT, EVENTS, interest);
    event.set(UNALIGNED, DATA, token);
    return EventCalls.epollControl(errno, descriptor.value(), operation, watched, event.address());
  }

  /**
   * Waits for events.
   *
   * @param timeoutNanos how long at most; 0 only looks, negative waits for ever
   * @return how many events there are, 0 on timeout, or the negated errno ({@code -EINTR} after a
   *     signal)
   */
  public int await(long timeoutNanos) {
    int epfd = descriptor.value();
    if (timeoutNanos > 0 && nanosecondTimeouts) {
      timeout.set(Native.LONG, SECONDS, timeoutNanos / NANOS_PER_SECOND);
      timeout.set(Native.LONG, NANOS, timeoutNanos % NANOS_PER_SECOND);
      int count = EventCalls.epollWait(state, epfd, events.address(), capacity, timeout.address());
      if (count != -Errno.ENOSYS) {
        return count;
      }
      nanosecondTimeouts = false;
    }
    return EventCalls.epollWait(
        state, epfd, events.address(), capacity, milliseconds(timeoutNanos));
  }

  /** Rounds up, so that a short timeout does not become a busy loop. */
  static int milliseconds(long nanos) {
    if (nanos < 0) {
      return -1;
    }
    long whole = nanos / NANOS_PER_MILLI + (nanos % NANOS_PER_MILLI == 0 ? 0 : 1);
    return (int) Math.min(whole, Integer.MAX_VALUE);
  }

  /** The event bits of entry {@code index} of the last wait. */
  public int events(int index) {
    return events.get(Native.INT, index * SIZE + EVENTS);
  }

  /** The token of entry {@code index} of the last wait. */
  public long token(int index) {
    return events.get(UNALIGNED, index * SIZE + DATA);
  }

  /** Ends all watches. The watched descriptors stay open. */
  @Override
  public void close() {
    descriptor.close();
  }
}
