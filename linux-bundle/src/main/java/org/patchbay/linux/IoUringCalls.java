package org.patchbay.linux;

import static org.patchbay.linux.Native.INT;
import static org.patchbay.linux.Native.LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The system calls of io_uring, which the C library has no functions for. */
final class IoUringCalls {
  private static final MethodHandle SETUP = Native.variadic("syscall", 1, LONG, LONG, INT, LONG);
  private static final MethodHandle REGISTER =
      Native.variadic("syscall", 1, LONG, LONG, INT, INT, LONG, INT);
  private static final MethodHandle ENTER =
      Native.variadic("syscall", 1, LONG, LONG, INT, INT, INT, INT, LONG, LONG);

  private IoUringCalls() {}

  /** {@code int io_uring_setup(unsigned entries, struct io_uring_params *parameters)}. */
  static int setup(MemorySegment state, int entries, long parameters) {
    try {
      long result = (long) SETUP.invokeExact(state, Uapi.SYS_io_uring_setup, entries, parameters);
      return (int) Native.result(result, state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int io_uring_register(int fd, unsigned what, const void *argument, unsigned count)}. */
  static int register(MemorySegment state, int fd, int what, long argument, int count) {
    try {
      long result =
          (long) REGISTER.invokeExact(state, Uapi.SYS_io_uring_register, fd, what, argument, count);
      return (int) Native.result(result, state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /**
   * {@code int io_uring_enter(int fd, unsigned submit, unsigned complete, unsigned flags, const
   * void *argument, size_t size)}.
   */
  static int enter(
      MemorySegment state, int fd, int submit, int complete, int flags, long argument, long size) {
    try {
      long result =
          (long)
              ENTER.invokeExact(
                  state, Uapi.SYS_io_uring_enter, fd, submit, complete, flags, argument, size);
      return (int) Native.result(result, state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }
}
