package org.patchbay.fault;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The C library's calls on a pipe, linked as a vendor may do it: memory is passed as a segment, so
 * that its arena can't be closed while the call is under way. Needs native access.
 */
final class PipeCalls {

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private static final MethodHandle PIPE =
      link("pipe", FunctionDescriptor.of(INT, ValueLayout.ADDRESS));
  private static final MethodHandle READ =
      link("read", FunctionDescriptor.of(LONG, INT, ValueLayout.ADDRESS, LONG));
  private static final MethodHandle WRITE =
      link("write", FunctionDescriptor.of(LONG, INT, ValueLayout.ADDRESS, LONG));
  private static final MethodHandle CLOSE = link("close", FunctionDescriptor.of(INT, INT));

  private PipeCalls() {}

  // Restricted, as every downcall: these four have the signatures of their manual pages.
  @SuppressWarnings("restricted")
  private static MethodHandle link(String name, FunctionDescriptor signature) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), signature);
  }

  /**
   * {@code int pipe(int ends[2])}.
   *
   * @return the descriptors to read from and to write to
   * @throws IllegalStateException if the process has no descriptors left
   */
  static int[] open() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment ends = arena.allocate(INT, 2);
      if ((int) PIPE.invokeExact(ends) != 0) {
        throw new IllegalStateException("pipe(2) failed");
      }
      return new int[] {ends.getAtIndex(INT, 0), ends.getAtIndex(INT, 1)};
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code ssize_t read(int fd, void *memory, size_t length)}; waits until there is something. */
  static long read(int descriptor, MemorySegment memory) {
    try {
      return (long) READ.invokeExact(descriptor, memory, memory.byteSize());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code ssize_t write(int fd, const void *memory, size_t length)} of some bytes. */
  static long write(int descriptor, int bytes) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocate(bytes).fill((byte) 0xff);
      return (long) WRITE.invokeExact(descriptor, data, data.byteSize());
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code int close(int fd)}. */
  static int close(int descriptor) {
    try {
      return (int) CLOSE.invokeExact(descriptor);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static RuntimeException unexpected(Throwable thrown) {
    if (thrown instanceof Error error) {
      throw error;
    }
    return thrown instanceof RuntimeException exception
        ? exception
        : new IllegalStateException("a native call threw", thrown);
  }
}
