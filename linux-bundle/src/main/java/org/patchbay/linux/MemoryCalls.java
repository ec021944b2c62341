package org.patchbay.linux;

import static org.patchbay.linux.Native.INT;
import static org.patchbay.linux.Native.LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C library's calls for mappings; each answers its result or the negated errno. */
final class MemoryCalls {
  private static final MethodHandle MMAP =
      Native.function("mmap", LONG, LONG, LONG, INT, INT, INT, LONG);
  private static final MethodHandle MUNMAP = Native.function("munmap", INT, LONG, LONG);
  private static final MethodHandle MEMFD_CREATE = Native.function("memfd_create", INT, LONG, INT);
  private static final MethodHandle FTRUNCATE = Native.function("ftruncate", INT, INT, LONG);

  private MemoryCalls() {}

  /** {@code void *mmap(void *hint, size_t length, int protection, int flags, int fd, off_t at)}. */
  static long mmap(
      MemorySegment state, long length, int protection, int flags, int fd, long offset) {
    return mmap(state, 0, length, protection, flags, fd, offset);
  }

  /** The same with a hint, 0 for none. */
  static long mmap(
      MemorySegment state, long hint, long length, int protection, int flags, int fd, long offset) {
    try {
      // User addresses are below 2^63, so that MAP_FAILED (-1) is the only negative answer.
      return Native.result(
          (long) MMAP.invokeExact(state, hint, length, protection, flags, fd, offset), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int munmap(void *address, size_t length)}. */
  static int munmap(MemorySegment state, long address, long length) {
    try {
      return Native.result((int) MUNMAP.invokeExact(state, address, length), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int memfd_create(const char *name, unsigned int flags)}. */
  static int memfdCreate(MemorySegment state, long name, int flags) {
    try {
      return Native.result((int) MEMFD_CREATE.invokeExact(state, name, flags), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int ftruncate(int fd, off_t length)}. */
  static int ftruncate(MemorySegment state, int fd, long length) {
    try {
      return Native.result((int) FTRUNCATE.invokeExact(state, fd, length), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }
}
