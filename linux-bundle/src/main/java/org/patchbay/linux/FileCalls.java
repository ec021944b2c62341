package org.patchbay.linux;

import static org.patchbay.linux.Native.INT;
import static org.patchbay.linux.Native.LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C library's calls on descriptors; each answers its result or the negated errno. */
final class FileCalls {
  private static final MethodHandle OPEN = Native.variadic("open", 2, INT, LONG, INT, INT);
  private static final MethodHandle CLOSE = Native.function("close", INT, INT);
  private static final MethodHandle READ = Native.function("read", LONG, INT, LONG, LONG);
  private static final MethodHandle WRITE = Native.function("write", LONG, INT, LONG, LONG);
  private static final MethodHandle READV = Native.function("readv", LONG, INT, LONG, INT);
  private static final MethodHandle WRITEV = Native.function("writev", LONG, INT, LONG, INT);
  private static final MethodHandle FCNTL = Native.variadic("fcntl", 2, INT, INT, INT, LONG);
  private static final MethodHandle IOCTL = Native.variadic("ioctl", 2, INT, INT, LONG, LONG);

  private static final MethodHandle PREADV2 =
      Native.function("preadv2", LONG, INT, LONG, INT, LONG, INT);
  private static final MethodHandle STATX =
      Native.function("statx", INT, INT, LONG, INT, INT, LONG);
  private static final MethodHandle FCHMOD = Native.function("fchmod", INT, INT, INT);

  private FileCalls() {}

  /** {@code int open(const char *path, int flags, mode_t mode)}. */
  static int open(MemorySegment state, long path, int flags, int mode) {
    try {
      return Native.result((int) OPEN.invokeExact(state, path, flags, mode), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int close(int fd)}. */
  static int close(MemorySegment state, int fd) {
    try {
      return Native.result((int) CLOSE.invokeExact(state, fd), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code ssize_t read(int fd, void *buffer, size_t length)}. */
  static long read(MemorySegment state, int fd, long buffer, long length) {
    try {
      return Native.result((long) READ.invokeExact(state, fd, buffer, length), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code ssize_t write(int fd, const void *buffer, size_t length)}. */
  static long write(MemorySegment state, int fd, long buffer, long length) {
    try {
      return Native.result((long) WRITE.invokeExact(state, fd, buffer, length), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code ssize_t readv(int fd, const struct iovec *vector, int count)}. */
  static long readv(MemorySegment state, int fd, long vector, int count) {
    try {
      return Native.result((long) READV.invokeExact(state, fd, vector, count), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code ssize_t writev(int fd, const struct iovec *vector, int count)}. */
  static long writev(MemorySegment state, int fd, long vector, int count) {
    try {
      return Native.result((long) WRITEV.invokeExact(state, fd, vector, count), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int fcntl(int fd, int command, long argument)}. */
  static int fcntl(MemorySegment state, int fd, int command, long argument) {
    try {
      return Native.result((int) FCNTL.invokeExact(state, fd, command, argument), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int ioctl(int fd, unsigned long request, void *argument)}. */
  static int ioctl(MemorySegment state, int fd, long request, long argument) {
    try {
      return Native.result((int) IOCTL.invokeExact(state, fd, request, argument), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int statx(int fd, const char *path, int flags, unsigned mask, struct statx *to)}. */
  static int statx(MemorySegment state, int fd, long path, int flags, int mask, long to) {
    try {
      return Native.result((int) STATX.invokeExact(state, fd, path, flags, mask, to), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int fchmod(int fd, mode_t mode)}. */
  static int fchmod(MemorySegment state, int fd, int mode) {
    try {
      return Native.result((int) FCHMOD.invokeExact(state, fd, mode), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /**
   * {@code ssize_t preadv2(int fd, const struct iovec *vector, int count, off_t at, int flags)}.
   */
  static long preadv2(MemorySegment state, int fd, long vector, int count, long offset, int flags) {
    try {
      return Native.result(
          (long) PREADV2.invokeExact(state, fd, vector, count, offset, flags), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }
}
