package org.patchbay.linux;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A non-blocking stream socket over a unix or a TCP address: a connection, or what listens for
 * them. For the bytes of a connection, and for waiting, there is its descriptor: {@link RawIo#send}
 * and {@link RawIo#read}, {@link Epoll} and a queue's watch.
 *
 * <p>No call here waits. Any thread may make one, one thread at a time.
 *
 * <pre>{@code
 * struct sockaddr_in {            struct sockaddr_in6 {
 *   sa_family_t    sin_family;      sa_family_t     sin6_family;
 *   in_port_t      sin_port;        in_port_t       sin6_port;      // big-endian
 *   struct in_addr sin_addr;        uint32_t        sin6_flowinfo;
 *   char           sin_zero[8];     struct in6_addr sin6_addr;
 * };                                uint32_t        sin6_scope_id;
 *                                 };
 * }</pre>
 */
public final class StreamSocket implements AutoCloseable {
  static final StructLayout SOCKADDR_IN =
      Native.struct(
          "struct sockaddr_in",
          Native.SHORT.withName("sin_family"),
          Native.SHORT.withName("sin_port"),
          MemoryLayout.sequenceLayout(4, Native.BYTE).withName("sin_addr"),
          MemoryLayout.sequenceLayout(8, Native.BYTE).withName("sin_zero"));

  static final StructLayout SOCKADDR_IN6 =
      Native.struct(
          "struct sockaddr_in6",
          Native.SHORT.withName("sin6_family"),
          Native.SHORT.withName("sin6_port"),
          Native.INT.withName("sin6_flowinfo"),
          MemoryLayout.sequenceLayout(16, Native.BYTE).withName("sin6_addr"),
          Native.INT.withName("sin6_scope_id"));

  private static final ValueLayout.OfShort PORT = Native.SHORT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final long PORT_OFFSET = Native.offset(SOCKADDR_IN, "sin_port");
  private static final long ADDRESS = Native.offset(SOCKADDR_IN, "sin_addr");
  private static final long ADDRESS6 = Native.offset(SOCKADDR_IN6, "sin6_addr");
  private static final long SCOPE6 = Native.offset(SOCKADDR_IN6, "sin6_scope_id");
  private static final int STREAM = Uapi.SOCK_STREAM | Uapi.SOCK_CLOEXEC | Uapi.SOCK_NONBLOCK;

  private final Descriptor descriptor;
  private final boolean internet;

  private StreamSocket(int fd, boolean internet) {
    this.descriptor = Descriptor.owning(fd);
    this.internet = internet;
  }

  /**
   * Begins to connect. Over a unix address the connection is there when this returns; over TCP it
   * is when the descriptor becomes writable, and {@link #finishConnect()} says whether it is.
   *
   * @param address a {@link UnixDomainSocketAddress} or an {@link InetSocketAddress} that is
   *     resolved
   * @throws LinuxException {@link Errno#ECONNREFUSED} if nobody listens, {@link Errno#EAGAIN} if
   *     the listener at a unix address has too many to accept
   */
  public static StreamSocket connect(SocketAddress address) throws LinuxException {
    StreamSocket socket = create(address);
    try (CallFrame frame = new CallFrame()) {
      MemorySegment encoded = encode(frame, address);
      int result =
          SocketCalls.connect(
              frame.state, socket.descriptor.value(), encoded.address(), size(encoded));
      if (result != -Errno.EINPROGRESS) {
        LinuxException.check("connect(" + address + ")", result);
      }
      return socket;
    } catch (LinuxException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }

  /**
   * Listens. The file of a unix address must not exist, has the mode {@link UnixSocket#OWNER_ONLY}
   * from the first moment on, and is removed by the caller in the end. A TCP address may be taken
   * again at once after a process that listened there has ended.
   *
   * @param address a {@link UnixDomainSocketAddress} or an {@link InetSocketAddress} that is
   *     resolved
   * @param backlog how many connections may wait to be accepted
   */
  public static StreamSocket listen(SocketAddress address, int backlog) throws LinuxException {
    StreamSocket socket = create(address);
    try (CallFrame frame = new CallFrame()) {
      int fd = socket.descriptor.value();
      if (socket.internet) {
        socket.set("SO_REUSEADDR", Uapi.SOL_SOCKET, Uapi.SO_REUSEADDR, true);
      } else {
        // Linux gives the file the mode that the socket has before it is bound.
        LinuxException.check(
            "fchmod(socket)", FileCalls.fchmod(frame.state, fd, UnixSocket.OWNER_ONLY));
      }
      MemorySegment encoded = encode(frame, address);
      LinuxException.check(
          "bind(" + address + ")",
          SocketCalls.bind(frame.state, fd, encoded.address(), size(encoded)));
      LinuxException.check("listen(" + address + ")", SocketCalls.listen(frame.state, fd, backlog));
      return socket;
    } catch (LinuxException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }

  private static StreamSocket create(SocketAddress address) throws LinuxException {
    int family =
        switch (address) {
          case UnixDomainSocketAddress unix -> Uapi.AF_UNIX;
          case InetSocketAddress internet ->
              resolved(internet) instanceof Inet6Address ? Uapi.AF_INET6 : Uapi.AF_INET;
          default ->
              throw new IllegalArgumentException(
                  address + " is no address of a stream; allowed are unix and internet addresses");
        };
    try (CallFrame frame = new CallFrame()) {
      return new StreamSocket(
          LinuxException.check("socket", SocketCalls.socket(frame.state, family, STREAM)),
          family != Uapi.AF_UNIX);
    }
  }

  private static InetAddress resolved(InetSocketAddress address) {
    InetAddress host = address.getAddress();
    if (host == null) {
      throw new IllegalArgumentException(address + " is not resolved");
    }
    return host;
  }

  private static MemorySegment encode(CallFrame frame, SocketAddress address) {
    if (address instanceof UnixDomainSocketAddress unix) {
      return UnixSocket.address(frame, unix.getPath().toString());
    }
    InetSocketAddress internet = (InetSocketAddress) address;
    byte[] host = resolved(internet).getAddress();
    boolean six = internet.getAddress() instanceof Inet6Address;
    MemorySegment encoded = frame.allocate(six ? SOCKADDR_IN6 : SOCKADDR_IN);
    encoded.set(Native.SHORT, 0, (short) (six ? Uapi.AF_INET6 : Uapi.AF_INET));
    encoded.set(PORT, PORT_OFFSET, (short) internet.getPort());
    MemorySegment.copy(host, 0, encoded, Native.BYTE, six ? ADDRESS6 : ADDRESS, host.length);
    if (internet.getAddress() instanceof Inet6Address scoped) {
      encoded.set(Native.INT, SCOPE6, scoped.getScopeId());
    }
    return encoded;
  }

  private static int size(MemorySegment address) {
    return Math.toIntExact(address.byteSize());
  }

  /** The descriptor, to wait for, read and send; this object owns it. */
  public Descriptor descriptor() {
    return descriptor;
  }

  /**
   * Says whether connecting has succeeded, when the descriptor has become writable.
   *
   * @throws LinuxException why not, such as {@link Errno#ECONNREFUSED}
   */
  public void finishConnect() throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      MemorySegment error = frame.allocate(Native.INT);
      MemorySegment length = frame.allocate(Native.INT);
      length.set(Native.INT, 0, size(error));
      LinuxException.check(
          "getsockopt(SO_ERROR)",
          SocketCalls.getsockopt(
              frame.state, descriptor.value(), Uapi.SO_ERROR, error.address(), length.address()));
      LinuxException.check("connect", -error.get(Native.INT, 0));
    }
  }

  /**
   * Takes the next connection to a listening socket.
   *
   * @return null if none waits
   */
  public @Nullable StreamSocket accept() throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      int flags = Uapi.SOCK_CLOEXEC | Uapi.SOCK_NONBLOCK;
      int fd;
      do {
        fd = SocketCalls.accept(frame.state, descriptor.value(), flags);
      } while (fd == -Errno.EINTR);
      return fd == -Errno.EAGAIN
          ? null
          : new StreamSocket(LinuxException.check("accept4", fd), internet);
    }
  }

  /**
   * Has a TCP connection send at once what it is given, and notice in the end that a silent peer's
   * host is gone; over a unix address there is nothing to do.
   */
  public void setPrompt() throws LinuxException {
    if (internet) {
      set("TCP_NODELAY", Uapi.IPPROTO_TCP, Uapi.TCP_NODELAY, true);
      set("SO_KEEPALIVE", Uapi.SOL_SOCKET, Uapi.SO_KEEPALIVE, true);
    }
  }

  private void set(String name, int level, int option, boolean value) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      MemorySegment number = frame.allocate(Native.INT);
      number.set(Native.INT, 0, value ? 1 : 0);
      LinuxException.check(
          "setsockopt(" + name + ")",
          SocketCalls.setsockopt(
              frame.state, descriptor.value(), level, option, number.address(), size(number)));
    }
  }

  /** The port of a TCP socket, which the kernel chose if it was bound to 0; 0 for others. */
  public int localPort() throws LinuxException {
    if (!internet) {
      return 0;
    }
    try (CallFrame frame = new CallFrame()) {
      MemorySegment address = frame.allocate(SOCKADDR_IN6);
      MemorySegment length = frame.allocate(Native.INT);
      length.set(Native.INT, 0, size(address));
      LinuxException.check(
          "getsockname",
          SocketCalls.getsockname(
              frame.state, descriptor.value(), address.address(), length.address()));
      return Short.toUnsignedInt(address.get(PORT, PORT_OFFSET));
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
