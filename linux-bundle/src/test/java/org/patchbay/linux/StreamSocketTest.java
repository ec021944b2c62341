package org.patchbay.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class StreamSocketTest {
  private static final long SECOND = 1_000_000_000L;

  @TempDir Path folder;

  private SocketAddress unix() {
    return UnixDomainSocketAddress.of(folder.resolve("s"));
  }

  @Test
  void aUnixConnectionCarriesAVector() throws Exception {
    long before = OpenFiles.count();
    try (StreamSocket server = StreamSocket.listen(unix(), 1)) {
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("s"))));
      assertEquals(0, server.localPort());
      assertNull(server.accept());
      exchange(server, unix());
    }
    assertEquals(before, OpenFiles.count());
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void aTcpConnectionCarriesAVector(String host) throws Exception {
    long before = OpenFiles.count();
    InetAddress address = InetAddress.ofLiteral(host);
    try (StreamSocket server = StreamSocket.listen(new InetSocketAddress(address, 0), 1)) {
      int port = server.localPort();
      assertTrue(port > 0);
      assertNull(server.accept());
      exchange(server, new InetSocketAddress(address, port));
    }
    assertEquals(before, OpenFiles.count());
  }

  private static void exchange(StreamSocket server, SocketAddress address) throws Exception {
    try (StreamSocket client = StreamSocket.connect(address);
        Arena arena = Arena.ofConfined()) {
      await(client, Epoll.OUT);
      client.finishConnect();
      await(server, Epoll.IN);
      try (StreamSocket accepted = connection(server.accept())) {
        accepted.setPrompt();
        RawIo io = new RawIo();
        IoVector vector = new IoVector(4);
        MemorySegment data = arena.allocateFrom("patchbay");
        vector.set(0, data.address(), 5);
        vector.set(1, data.address() + 5, 3);
        assertEquals(8, io.send(client.descriptor().value(), vector, 2));
        await(accepted, Epoll.IN);
        MemorySegment received = arena.allocate(16);
        assertEquals(8, io.read(accepted.descriptor().value(), received.address(), 16));
        assertEquals("patchbay", received.getString(0));
        assertEquals(-Errno.EAGAIN, io.read(accepted.descriptor().value(), received.address(), 16));
        fill(io, client, arena);
      }
      await(client, Epoll.PEER_CLOSED);
    }
  }

  /** Sends until the socket takes no more, and what a partial send leaves is not sent. */
  private static void fill(RawIo io, StreamSocket client, Arena arena) {
    IoVector vector = new IoVector(1);
    MemorySegment large = arena.allocate(1 << 20);
    vector.set(0, large.address(), large.byteSize());
    long sent = 0;
    long result = 0;
    while (result >= 0) {
      sent += result;
      result = io.send(client.descriptor().value(), vector, 1);
    }
    assertEquals(-Errno.EAGAIN, result);
    assertTrue(sent > 0);
  }

  private static StreamSocket connection(@Nullable StreamSocket socket) {
    return Objects.requireNonNull(socket, "no connection waits");
  }

  private static void await(StreamSocket socket, int event) throws Exception {
    try (Epoll epoll = Epoll.open(1)) {
      assertEquals(0, epoll.add(socket.descriptor().value(), event, 1));
      assertEquals(1, epoll.await(10 * SECOND));
      assertTrue((epoll.events(0) & event) != 0);
    }
  }

  @Test
  void nobodyListens() throws Exception {
    int port;
    try (StreamSocket once =
        StreamSocket.listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1)) {
      port = once.localPort();
    }
    SocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    LinuxException refused =
        assertThrows(
            LinuxException.class,
            () -> {
              try (StreamSocket client = StreamSocket.connect(address)) {
                await(client, Epoll.OUT);
                client.finishConnect();
              }
            });
    assertEquals(Errno.ECONNREFUSED, refused.errno());
    assertEquals(
        Errno.ENOENT,
        assertThrows(LinuxException.class, () -> StreamSocket.connect(unix())).errno());
    StreamSocket.listen(unix(), 1).close();
    assertEquals(
        Errno.ECONNREFUSED,
        assertThrows(LinuxException.class, () -> StreamSocket.connect(unix())).errno());
    assertEquals(
        Errno.EADDRINUSE,
        assertThrows(LinuxException.class, () -> StreamSocket.listen(unix(), 1)).errno());
  }

  @Test
  void aPeerThatIsGoneRaisesNoSignal() throws Exception {
    try (StreamSocket server = StreamSocket.listen(unix(), 1);
        StreamSocket client = StreamSocket.connect(unix());
        Arena arena = Arena.ofConfined()) {
      connection(server.accept()).close();
      IoVector vector = new IoVector(1);
      vector.set(0, arena.allocate(8).address(), 8);
      assertEquals(-Errno.EPIPE, new RawIo().send(client.descriptor().value(), vector, 1));
    }
  }

  @Test
  void otherAddressesAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> StreamSocket.connect(InetSocketAddress.createUnresolved("nowhere", 1)));
    assertThrows(
        IllegalArgumentException.class,
        () -> StreamSocket.connect(UnixDomainSocketAddress.of("x".repeat(108))));
  }
}
