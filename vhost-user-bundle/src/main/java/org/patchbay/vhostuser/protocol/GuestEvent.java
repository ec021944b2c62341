package org.patchbay.vhostuser.protocol;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.RawIo;

/**
 * An eventfd of a front-end: a kick, a call or an error of a ring. It is made non-blocking, but the
 * front-end shares the open file and can take that back at any time, so whoever writes it may get
 * stuck; {@link #release} helps. Any thread.
 */
final class GuestEvent implements AutoCloseable {

  private static final String EVENTFD = "anon_inode:[eventfd]";

  private static final int SIGNAL_TRIES = 20;
  private static final int SIGNAL_MILLIS = 50;

  private final Descriptor descriptor;
  private final RawIo io = new RawIo();
  private final MemorySegment count = Arena.ofAuto().allocate(ValueLayout.JAVA_LONG);

  private GuestEvent(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Takes a descriptor.
   *
   * @param descriptor owned from now on, also when this fails
   * @throws ProtocolViolation if it is no eventfd
   */
  static GuestEvent take(Descriptor descriptor, Request request) throws ProtocolViolation {
    boolean taken = false;
    try {
      Path link = Path.of("/proc/self/fd", Integer.toString(descriptor.value()));
      if (!Files.readSymbolicLink(link).toString().equals(EVENTFD)) {
        throw new ProtocolViolation("the descriptor of " + request + " is no eventfd");
      }
      descriptor.setBlocking(false);
      taken = true;
      return new GuestEvent(descriptor);
    } catch (IOException e) {
      throw new ProtocolViolation("the descriptor of " + request + " can't be used", e);
    } finally {
      if (!taken) {
        descriptor.close();
      }
    }
  }

  /** The descriptor, which this object closes. */
  Descriptor descriptor() {
    return descriptor;
  }

  /**
   * Releases whoever is stuck in a write of it, by emptying it. Waits for nothing; nobody reads it
   * in a way that could get stuck.
   */
  synchronized void release() {
    if (descriptor.isOpen()) {
      // Nothing to read is as good.
      var unused = io.readNoWait(descriptor.value(), count.address(), count.byteSize());
    }
  }

  /**
   * Signals it on a thread of its own, which a front-end that keeps it full and blocking can hold
   * only for a moment.
   *
   * @param thread the thread's name
   */
  void signal(String thread) throws InterruptedException {
    release();
    Thread writer =
        Thread.ofPlatform()
            .daemon()
            .name(thread)
            // A counter at its limit is readable anyway.
            .start(() -> EventFd.signal(descriptor.value()));
    for (int i = 0; i < SIGNAL_TRIES && !writer.join(Duration.ofMillis(SIGNAL_MILLIS)); i++) {
      release();
    }
  }

  @Override
  public synchronized void close() {
    descriptor.close();
  }
}
