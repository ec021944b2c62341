package org.patchbay.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory mapped from a descriptor or from nothing, unmapped exactly once.
 *
 * <p>Any thread may use {@link #segment()}; after {@link #close()} every access through it throws
 * {@link IllegalStateException}. Raw addresses taken from it have no such protection: stop using
 * them first.
 */
public final class Mapping implements AutoCloseable {
  private final Arena arena;
  private final MemorySegment segment;
  private boolean closed; // guarded by this

  private Mapping(Arena arena, MemorySegment segment) {
    this.arena = arena;
    this.segment = segment;
  }

  /**
   * Maps part of an open file, shared with everybody else who maps it.
   *
   * @param descriptor the file; it may be closed once this returns
   * @param offset where in the file the mapping begins, a multiple of the page size
   * @param length in bytes, at least 1
   * @param writable whether stores are allowed
   */
  public static Mapping of(Descriptor descriptor, long offset, long length, boolean writable)
      throws LinuxException {
    int protection = Uapi.PROT_READ | (writable ? Uapi.PROT_WRITE : 0);
    return map(length, protection, Uapi.MAP_SHARED, descriptor.value(), offset);
  }

  /**
   * Zeroed private memory, with its pages already there, beginning on a page.
   *
   * @param length in bytes, at least 1
   */
  public static Mapping anonymous(long length) throws LinuxException {
    return map(
        length,
        Uapi.PROT_READ | Uapi.PROT_WRITE,
        Uapi.MAP_PRIVATE | Uapi.MAP_ANONYMOUS | Uapi.MAP_POPULATE,
        -1,
        0);
  }

  /** Maps the rings of io_uring, too: shared, with their pages already there. */
  static Mapping populated(Descriptor descriptor, long offset, long length) throws LinuxException {
    return map(
        length,
        Uapi.PROT_READ | Uapi.PROT_WRITE,
        Uapi.MAP_SHARED | Uapi.MAP_POPULATE,
        descriptor.value(),
        offset);
  }

  private static Mapping map(long length, int protection, int flags, int fd, long offset)
      throws LinuxException {
    long address;
    try (CallFrame frame = new CallFrame()) {
      address =
          LinuxException.check(
              "mmap", MemoryCalls.mmap(frame.state, length, protection, flags, fd, offset));
    }
    Arena arena = Arena.ofShared();
    MemorySegment segment =
        MemorySegment.ofAddress(address)
            .reinterpret(length, arena, memory -> unmap(memory.address(), length));
    return new Mapping(arena, (protection & Uapi.PROT_WRITE) == 0 ? segment.asReadOnly() : segment);
  }

  private static void unmap(long address, long length) {
    try (CallFrame frame = new CallFrame()) {
      // It fails only for an address that is not page-aligned, which mmap never gives.
      var unused = MemoryCalls.munmap(frame.state, address, length);
    }
  }

  /** The memory, as long as this object is open. */
  public MemorySegment segment() {
    return segment;
  }

  /**
   * Lets go of what is mapped, but not of the addresses: private zeroes are there from now on, for
   * whoever can't be stopped from using them, until {@link #close()}. A system call that is waiting
   * to write to the memory writes there. Any thread; after close it does nothing.
   *
   * @throws LinuxException if the kernel has no room for that; what was mapped still is
   */
  public synchronized void vacate() throws LinuxException {
    if (closed) {
      return;
    }
    int protection = Uapi.PROT_READ | Uapi.PROT_WRITE;
    int flags = Uapi.MAP_PRIVATE | Uapi.MAP_ANONYMOUS | Uapi.MAP_NORESERVE | Uapi.MAP_FIXED;
    try (CallFrame frame = new CallFrame()) {
      LinuxException.check(
          "mmap",
          MemoryCalls.mmap(
              frame.state, segment.address(), segment.byteSize(), protection, flags, -1, 0));
    }
  }

  /**
   * Unmaps the memory; any thread; twice is harmless.
   *
   * @throws IllegalStateException if a native call is using the segment now; the memory stays
   *     mapped and close may be tried again
   */
  @Override
  public synchronized void close() {
    if (!closed) {
      arena.close();
      closed = true;
    }
  }
}
