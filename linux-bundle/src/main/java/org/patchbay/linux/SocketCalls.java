package org.patchbay.linux;

import static org.patchbay.linux.Native.INT;
import static org.patchbay.linux.Native.LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The C library's calls on sockets; each answers its result or the negated errno. */
final class SocketCalls {
  private static final MethodHandle SOCKET = Native.function("socket", INT, INT, INT, INT);
  private static final MethodHandle SOCKETPAIR =
      Native.function("socketpair", INT, INT, INT, INT, LONG);
  private static final MethodHandle BIND = Native.function("bind", INT, INT, LONG, INT);
  private static final MethodHandle LISTEN = Native.function("listen", INT, INT, INT);
  private static final MethodHandle CONNECT = Native.function("connect", INT, INT, LONG, INT);
  private static final MethodHandle ACCEPT4 = Native.function("accept4", INT, INT, LONG, LONG, INT);
  private static final MethodHandle SENDMSG = Native.function("sendmsg", LONG, INT, LONG, INT);
  private static final MethodHandle RECVMSG = Native.function("recvmsg", LONG, INT, LONG, INT);
  private static final MethodHandle SHUTDOWN = Native.function("shutdown", INT, INT, INT);

  private static final MethodHandle GETSOCKNAME =
      Native.function("getsockname", INT, INT, LONG, LONG);
  private static final MethodHandle GETSOCKOPT =
      Native.function("getsockopt", INT, INT, INT, INT, LONG, LONG);
  private static final MethodHandle SETSOCKOPT =
      Native.function("setsockopt", INT, INT, INT, INT, LONG, INT);

  private SocketCalls() {}

  /** {@code int socket(int domain, int type, int protocol)}. */
  static int socket(MemorySegment state, int domain, int type) {
    try {
      return Native.result((int) SOCKET.invokeExact(state, domain, type, 0), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int socketpair(int domain, int type, int protocol, int pair[2])}. */
  static int socketpair(MemorySegment state, int domain, int type, long pair) {
    try {
      return Native.result((int) SOCKETPAIR.invokeExact(state, domain, type, 0, pair), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int bind(int fd, const struct sockaddr *address, socklen_t length)}. */
  static int bind(MemorySegment state, int fd, long address, int length) {
    try {
      return Native.result((int) BIND.invokeExact(state, fd, address, length), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int listen(int fd, int backlog)}. */
  static int listen(MemorySegment state, int fd, int backlog) {
    try {
      return Native.result((int) LISTEN.invokeExact(state, fd, backlog), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int connect(int fd, const struct sockaddr *address, socklen_t length)}. */
  static int connect(MemorySegment state, int fd, long address, int length) {
    try {
      return Native.result((int) CONNECT.invokeExact(state, fd, address, length), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int accept4(int fd, struct sockaddr *peer, socklen_t *length, int flags)}. */
  static int accept(MemorySegment state, int fd, int flags) {
    try {
      return Native.result((int) ACCEPT4.invokeExact(state, fd, 0L, 0L, flags), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code ssize_t sendmsg(int fd, const struct msghdr *message, int flags)}. */
  static long sendmsg(MemorySegment state, int fd, long message, int flags) {
    try {
      return Native.result((long) SENDMSG.invokeExact(state, fd, message, flags), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code ssize_t recvmsg(int fd, struct msghdr *message, int flags)}. */
  static long recvmsg(MemorySegment state, int fd, long message, int flags) {
    try {
      return Native.result((long) RECVMSG.invokeExact(state, fd, message, flags), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int shutdown(int fd, int how)}. */
  static int shutdown(MemorySegment state, int fd, int how) {
    try {
      return Native.result((int) SHUTDOWN.invokeExact(state, fd, how), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int getsockname(int fd, struct sockaddr *address, socklen_t *length)}. */
  static int getsockname(MemorySegment state, int fd, long address, long length) {
    try {
      return Native.result((int) GETSOCKNAME.invokeExact(state, fd, address, length), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /** {@code int getsockopt(int fd, SOL_SOCKET, int option, void *value, socklen_t *length)}. */
  static int getsockopt(MemorySegment state, int fd, int option, long value, long length) {
    try {
      return Native.result(
          (int) GETSOCKOPT.invokeExact(state, fd, Uapi.SOL_SOCKET, option, value, length), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }

  /**
   * {@code int setsockopt(int fd, SOL_SOCKET, int option, const void *value, socklen_t length)}.
   */
  static int setsockopt(MemorySegment state, int fd, int option, long value, int length) {
    return setsockopt(state, fd, Uapi.SOL_SOCKET, option, value, length);
  }

  /** {@code int setsockopt(int fd, int level, int option, const void *value, socklen_t length)}. */
  static int setsockopt(
      MemorySegment state, int fd, int level, int option, long value, int length) {
    try {
      return Native.result(
          (int) SETSOCKOPT.invokeExact(state, fd, level, option, value, length), state);
    } catch (Throwable thrown) {
      throw Native.unexpected(thrown);
    }
  }
}
