package org.patchbay.frontend;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;

/**
 * Guest memory that a frontend provides itself, because it has no guest with memory of its own: one
 * zeroed region of native memory. Its owner closes it after the engines and workers that use it.
 *
 * <p>Any thread.
 */
public final class HostMemory implements AutoCloseable {

  /**
   * Guest address of the first byte. Neither zero nor an address of this process, so that a backend
   * that mistakes one kind of address for another is refused.
   */
  public static final long START = 0x1000_0000;

  private static final long PAGE = 4096;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;
  private final GuestMemory guest;

  /**
   * @param bytes how many, at least 1
   */
  public HostMemory(long bytes) {
    segment = arena.allocate(bytes, PAGE);
    guest = new GuestMemory(List.of(new GuestRegion(START, segment)));
  }

  /** The memory as backends address it, from {@link #START}. */
  public GuestMemory guest() {
    return guest;
  }

  /** The memory as the frontend itself addresses it, from offset 0. */
  public MemorySegment segment() {
    return segment;
  }

  /**
   * Frees the memory; whoever still addresses it gets an exception. A second call does nothing.
   *
   * @return false if a system call of another thread is still using the memory, as that of a
   *     backend that was abandoned; a later call may free it
   */
  public boolean free() {
    if (!arena.scope().isAlive()) {
      return true;
    }
    try {
      arena.close();
      return true;
    } catch (IllegalStateException e) {
      return !arena.scope().isAlive();
    }
  }

  /** As {@link #free}; memory in use by an abandoned backend stays mapped. */
  @Override
  public void close() {
    free();
  }
}
