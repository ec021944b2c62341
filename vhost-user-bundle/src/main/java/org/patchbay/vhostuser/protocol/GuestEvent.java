package org.patchbay.vhostuser.protocol;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.LinuxException;
import org.patchbay.linux.RawIo;

/**
 * An eventfd of a front-end: a kick, a call or an error of a ring. It is made non-blocking, but the
 * front-end shares the open file and can take that back at any time, so whoever reads or writes it
 * may get stuck; {@link #release} helps. Any thread.
 */
final class GuestEvent implements AutoCloseable {

  private static final String EVENTFD = "anon_inode:[eventfd]";

  private final Descriptor descriptor;

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
   * Releases whoever is stuck in a read or a write of it: it does not block, is not full, and is
   * readable, at least for a moment.
   */
  synchronized void release() {
    if (!descriptor.isOpen()) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      descriptor.setBlocking(false);
      MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
      // Nothing to read is as good.
      var unused = new RawIo().read(descriptor.value(), count.address(), count.byteSize());
      var alsoUnused = EventFd.signal(descriptor.value());
    } catch (LinuxException e) {
      throw new IllegalStateException("an open eventfd can't be made non-blocking", e);
    }
  }

  @Override
  public synchronized void close() {
    descriptor.close();
  }
}
