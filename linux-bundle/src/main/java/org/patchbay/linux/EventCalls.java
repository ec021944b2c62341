package org.patchbay.linux;

import static org.patchbay.linux.Native.INT;
import static org.patchbay.linux.Native.LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/** The C library's calls for waiting; each answers its result or the negated errno. */
final class EventCalls {
  private static final MethodHandle EPOLL_CREATE1 = Native.function("epoll_create1", INT, INT);
  private static final MethodHandle EPOLL_CTL =
      Native.function("epoll_ctl", INT, INT, INT, INT, LONG);
  private static final MethodHandle EPOLL_WAIT =
      Native.function("epoll_wait", INT, INT, LONG, INT, INT);
  private static final @Nullable MethodHandle EPOLL_PWAIT2 =
      Native.optional("epoll_pwait2", INT, INT, LONG, INT, LONG, LONG);
  private static final MethodHandle EVENTFD = Native.function("eventfd", INT, INT, INT);
  private static final MethodHandle EVENTFD_WRITE =
      Native.withoutErrno("eventfd_write", INT, INT, LONG);

  private EventCalls() {}

  /** {@code int epoll_create1(int flags)}. */
  static int epollCreate(MemorySegment state, int flags) {
    try {
      return Native.result((int) EPOLL_CREATE1.invokeExact(state, flags), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int epoll_ctl(int epfd, int operation, int fd, struct epoll_event *event)}. */
  static int epollControl(MemorySegment state, int epfd, int operation, int fd, long event) {
    try {
      return Native.result((int) EPOLL_CTL.invokeExact(state, epfd, operation, fd, event), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int epoll_wait(int epfd, struct epoll_event *events, int count, int milliseconds)}. */
  static int epollWait(MemorySegment state, int epfd, long events, int count, int milliseconds) {
    try {
      return Native.result(
          (int) EPOLL_WAIT.invokeExact(state, epfd, events, count, milliseconds), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /**
   * {@code int epoll_pwait2(int epfd, struct epoll_event *events, int count, const struct timespec
   * *timeout, const sigset_t *mask)} with no mask, or {@code -ENOSYS} if the C library lacks it.
   */
  static int epollWait(MemorySegment state, int epfd, long events, int count, long timespec) {
    MethodHandle call = EPOLL_PWAIT2;
    if (call == null) {
      return -Errno.ENOSYS;
    }
    try {
      return Native.result((int) call.invokeExact(state, epfd, events, count, timespec, 0L), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int eventfd(unsigned int value, int flags)}. */
  static int eventfd(MemorySegment state, int value, int flags) {
    try {
      return Native.result((int) EVENTFD.invokeExact(state, value, flags), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /**
   * {@code int eventfd_write(int fd, eventfd_t value)}; whether it worked, without the reason, so
   * that any thread can signal without memory for errno.
   */
  static boolean signal(int fd, long value) {
    try {
      return (int) EVENTFD_WRITE.invokeExact(fd, value) == 0;
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }
}
