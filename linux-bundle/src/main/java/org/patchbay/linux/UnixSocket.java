package org.patchbay.linux;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A unix stream socket that passes descriptors along with bytes.
 *
 * <p>Any thread may use it; sends of several threads do not mix within one call, and a thread that
 * waits in {@link #receive} or {@link #accept} is released by {@link #shutdown()}. Such a wait must
 * not be made by a virtual thread, whose carrier it would block.
 *
 * <pre>{@code
 * struct sockaddr_un {
 *   sa_family_t sun_family;
 *   char        sun_path[108];
 * };
 * }</pre>
 */
public final class UnixSocket implements AutoCloseable {
  /** How many descriptors one message can bring at most; the kernel allows 253. */
  public static final int MAX_DESCRIPTORS = 64;

  /** Longest path of a socket, in bytes. */
  public static final int MAX_PATH_LENGTH = 107;

  static final StructLayout SOCKADDR_UN =
      Native.struct(
          "struct sockaddr_un",
          Native.SHORT.withName("sun_family"),
          MemoryLayout.sequenceLayout(MAX_PATH_LENGTH + 1, Native.BYTE).withName("sun_path"));

  static final StructLayout TIMEVAL =
      Native.struct(
          "struct timeval", Native.LONG.withName("tv_sec"), Native.LONG.withName("tv_usec"));

  /** Mode of a socket's file that only its owner may connect to. */
  public static final int OWNER_ONLY = 0600;

  private static final int DEFAULT_MODE = 0777;

  private static final long PATH = Native.offset(SOCKADDR_UN, "sun_path");
  private static final int STREAM = Uapi.SOCK_STREAM | Uapi.SOCK_CLOEXEC;

  private final Descriptor descriptor;

  private UnixSocket(int fd) {
    this.descriptor = Descriptor.owning(fd);
  }

  /** The two ends of a connection without a name. */
  public record Pair(UnixSocket first, UnixSocket second) implements AutoCloseable {
    @Override
    public void close() {
      first.close();
      second.close();
    }
  }

  /** Makes a connection within this process, one end of which may be passed on. */
  public static Pair pair() throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      MemorySegment ends = frame.allocate(8);
      LinuxException.check(
          "socketpair", SocketCalls.socketpair(frame.state, Uapi.AF_UNIX, STREAM, ends.address()));
      return new Pair(
          new UnixSocket(ends.get(Native.INT, 0)), new UnixSocket(ends.get(Native.INT, 4)));
    }
  }

  /**
   * Connects to a listening socket.
   *
   * @param path its path, 1 to {@value #MAX_PATH_LENGTH} bytes
   */
  public static UnixSocket connect(String path) throws LinuxException {
    return connect(path, 0);
  }

  /**
   * Connects to a listening socket, in bounded time.
   *
   * @param path its path, 1 to {@value #MAX_PATH_LENGTH} bytes
   * @param timeoutMillis how long connecting may take while the other end's queue is full, and how
   *     long each send may take afterwards, in milliseconds; 0 for as long as it takes
   */
  public static UnixSocket connect(String path, long timeoutMillis) throws LinuxException {
    UnixSocket socket = create();
    try (CallFrame frame = new CallFrame()) {
      socket.setSendTimeout(timeoutMillis);
      MemorySegment address = address(frame, path);
      LinuxException.check(
          "connect(" + path + ")",
          SocketCalls.connect(
              frame.state, socket.descriptor.value(), address.address(), size(address)));
      return socket;
    } catch (LinuxException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }

  /**
   * Listens at a path, which must not exist; the caller removes it in the end. The file gets the
   * process's default mode, so put it into a folder that only the right users can enter.
   *
   * @param path 1 to {@value #MAX_PATH_LENGTH} bytes
   * @param backlog how many connections may wait to be accepted
   */
  public static UnixSocket listen(String path, int backlog) throws LinuxException {
    return listen(path, backlog, DEFAULT_MODE);
  }

  /**
   * Listens at a path, which must not exist; the caller removes it in the end.
   *
   * @param path 1 to {@value #MAX_PATH_LENGTH} bytes
   * @param backlog how many connections may wait to be accepted
   * @param mode of the file, such as {@link #OWNER_ONLY}, less what the process masks; it has it
   *     from the first moment on
   */
  public static UnixSocket listen(String path, int backlog, int mode) throws LinuxException {
    UnixSocket socket = create();
    try (CallFrame frame = new CallFrame()) {
      MemorySegment address = address(frame, path);
      int fd = socket.descriptor.value();
      // Linux gives the file the mode that the socket has before it is bound.
      LinuxException.check("fchmod(socket)", FileCalls.fchmod(frame.state, fd, mode));
      LinuxException.check(
          "bind(" + path + ")",
          SocketCalls.bind(frame.state, fd, address.address(), size(address)));
      LinuxException.check("listen(" + path + ")", SocketCalls.listen(frame.state, fd, backlog));
      return socket;
    } catch (LinuxException | RuntimeException failed) {
      socket.close();
      throw failed;
    }
  }

  private static UnixSocket create() throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      return new UnixSocket(
          LinuxException.check(
              "socket(AF_UNIX)", SocketCalls.socket(frame.state, Uapi.AF_UNIX, STREAM)));
    }
  }

  static MemorySegment address(CallFrame frame, String path) {
    byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
    if (bytes.length == 0 || bytes.length > MAX_PATH_LENGTH) {
      throw new IllegalArgumentException(
          "The socket path "
              + path
              + " has "
              + bytes.length
              + " bytes; allowed are 1 to "
              + MAX_PATH_LENGTH
              + ".");
    }
    MemorySegment address = frame.allocate(SOCKADDR_UN);
    address.set(Native.SHORT, 0, (short) Uapi.AF_UNIX);
    MemorySegment.copy(bytes, 0, address, Native.BYTE, PATH, bytes.length);
    return address;
  }

  private static int size(MemorySegment address) {
    return Math.toIntExact(address.byteSize());
  }

  /** The descriptor, to wait for; this object owns it. */
  public Descriptor descriptor() {
    return descriptor;
  }

  /**
   * Bounds the time that a send, or a connect, may wait for the other end; it fails with {@link
   * Errno#EAGAIN} then.
   *
   * @param millis 0 for no bound
   */
  public void setSendTimeout(long millis) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      MemorySegment time = frame.allocate(TIMEVAL);
      time.set(Native.LONG, 0, millis / 1000);
      time.set(Native.LONG, Long.BYTES, millis % 1000 * 1000);
      LinuxException.check(
          "setsockopt(SO_SNDTIMEO)",
          SocketCalls.setsockopt(
              frame.state, descriptor.value(), Uapi.SO_SNDTIMEO, time.address(), size(time)));
    }
  }

  /** Who made the connection's other end. */
  public PeerCredentials peer() throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      MemorySegment credentials = frame.allocate(PeerCredentials.UCRED);
      MemorySegment length = frame.allocate(Native.INT);
      length.set(Native.INT, 0, size(credentials));
      LinuxException.check(
          "getsockopt(SO_PEERCRED)",
          SocketCalls.getsockopt(
              frame.state,
              descriptor.value(),
              Uapi.SO_PEERCRED,
              credentials.address(),
              length.address()));
      return new PeerCredentials(
          credentials.get(Native.INT, 0),
          credentials.get(Native.INT, 4),
          credentials.get(Native.INT, 8));
    }
  }

  /** Waits for the next connection to a listening socket. */
  public UnixSocket accept() throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      int fd;
      do {
        fd = SocketCalls.accept(frame.state, descriptor.value(), Uapi.SOCK_CLOEXEC);
      } while (fd == -Errno.EINTR);
      return new UnixSocket(LinuxException.check("accept4", fd));
    }
  }

  /**
   * Sends bytes, and descriptors with the first of them.
   *
   * @param data native memory, at least 1 byte
   * @param descriptors to pass, at most {@value #MAX_DESCRIPTORS}; the caller keeps its own
   * @return how many bytes were sent, which may be fewer
   */
  public int send(MemorySegment data, int... descriptors) throws LinuxException {
    if (descriptors.length > MAX_DESCRIPTORS) {
      throw new IllegalArgumentException(
          descriptors.length + " descriptors are to be sent; " + MAX_DESCRIPTORS + " is the most.");
    }
    try (CallFrame frame = new CallFrame()) {
      MessageHeader message = new MessageHeader(frame, data, descriptors.length);
      if (descriptors.length > 0) {
        message.pass(descriptors);
      }
      long sent;
      do {
        sent =
            SocketCalls.sendmsg(
                frame.state, descriptor.value(), message.address(), Uapi.MSG_NOSIGNAL);
      } while (sent == -Errno.EINTR);
      return (int) LinuxException.check("sendmsg", sent);
    }
  }

  /**
   * Receives bytes, and the descriptors that came with them. Waits for the first byte unless the
   * descriptor is non-blocking.
   *
   * @param data native memory to fill, at least 1 byte
   * @param descriptors takes what was passed; the caller closes it
   * @return how many bytes came; 0 when the other end has closed
   * @throws LinuxException {@link Errno#EMSGSIZE} if more descriptors came than fit; those that did
   *     are closed
   */
  public int receive(MemorySegment data, List<Descriptor> descriptors) throws LinuxException {
    try (CallFrame frame = new CallFrame()) {
      MessageHeader message = new MessageHeader(frame, data, MAX_DESCRIPTORS);
      long received;
      do {
        received =
            SocketCalls.recvmsg(
                frame.state, descriptor.value(), message.address(), Uapi.MSG_CMSG_CLOEXEC);
      } while (received == -Errno.EINTR);
      LinuxException.check("recvmsg", received);
      List<Descriptor> passed = message.passed();
      if (message.truncated()) {
        passed.forEach(Descriptor::close);
        throw new LinuxException("recvmsg", Errno.EMSGSIZE);
      }
      descriptors.addAll(passed);
      return (int) received;
    }
  }

  /** Ends the connection in both directions, or the listening, and releases whoever waits. */
  public void shutdown() {
    try (CallFrame frame = new CallFrame()) {
      // It fails only when there is no connection any more, which is what was wanted.
      var unused = SocketCalls.shutdown(frame.state, descriptor.value(), Uapi.SHUT_RDWR);
    }
  }

  /** Ends the sending: the other end reads what was sent and then the end of the connection. */
  public void shutdownSending() {
    try (CallFrame frame = new CallFrame()) {
      // It fails only when there is no connection any more, which is what was wanted.
      var unused = SocketCalls.shutdown(frame.state, descriptor.value(), Uapi.SHUT_WR);
    }
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
