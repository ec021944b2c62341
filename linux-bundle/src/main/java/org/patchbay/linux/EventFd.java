package org.patchbay.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A kernel counter that wakes whoever waits for its descriptor to become readable. Non-blocking.
 *
 * <p>{@link #signal()} may be called by any thread, {@link #drain()} by one thread at a time.
 */
public final class EventFd implements AutoCloseable {
  private final Descriptor descriptor;
  private final MemorySegment count = Arena.ofAuto().allocate(Native.LONG);
  private final RawIo reader = new RawIo();

  private EventFd(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /** Makes a counter that stands at 0. */
  public static EventFd open() throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      int fd = EventCalls.eventfd(frame.state, 0, Uapi.EFD_CLOEXEC | Uapi.EFD_NONBLOCK);
      return new EventFd(Descriptor.owning(LinuxException.check("eventfd", fd)));
    }
  }

  /** The descriptor to wait for; this object owns it. */
  public Descriptor descriptor() {
    return descriptor;
  }

  /**
   * Adds 1 to the counter; whether it could be added: not once closed, and not at the counter's
   * limit of 2^64 - 2, where the descriptor is readable anyway. Allocates nothing.
   */
  public boolean signal() {
    return EventCalls.signal(descriptor.value(), 1);
  }

  /**
   * Adds 1 to a counter that somebody else made, such as the other end of a connection; whether it
   * could be added. It waits where the counter's descriptor blocks and the counter is at its limit.
   * Allocates nothing.
   *
   * @param descriptor the counter's
   */
  public static boolean signal(int descriptor) {
    return EventCalls.signal(descriptor, 1);
  }

  /**
   * Takes the counter back to 0; what it stood at, 0 if it was not signalled, negative on error.
   */
  public long drain() {
    long result = reader.read(descriptor.value(), count.address(), Native.LONG.byteSize());
    if (result == -Errno.EAGAIN) {
      return 0;
    }
    return result < 0 ? result : count.get(Native.LONG, 0);
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
