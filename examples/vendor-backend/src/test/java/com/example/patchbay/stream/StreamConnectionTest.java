package com.example.patchbay.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.patchbay.api.EndpointAction;
import org.patchbay.conformance.support.TestFrames;
import org.patchbay.conformance.support.TestPacket;

/** Connections that come and go, over real sockets, on either side. */
@Timeout(60)
class StreamConnectionTest {

  /** Which end the endpoint is, over what. */
  enum Kind {
    UNIX_CLIENT(false, false),
    UNIX_SERVER(false, true),
    TCP_CLIENT(true, false),
    TCP_SERVER(true, true);

    final boolean tcp;
    final boolean server;

    Kind(boolean tcp, boolean server) {
      this.tcp = tcp;
      this.server = server;
    }
  }

  /** An endpoint and the place where its peers meet it. */
  private final class Pair implements AutoCloseable {
    final SocketAddress address;
    final @Nullable ServerSocketChannel peers;
    final StreamRig rig;

    Pair(Kind kind, String... more) throws Exception {
      address =
          kind.tcp
              ? new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort())
              : UnixDomainSocketAddress.of(folder.resolve("s"));
      peers = kind.server ? null : StreamPeer.listen(address);
      String[] keys = {
        "mode",
        kind.server ? "server" : "client",
        kind.tcp ? "address" : "path",
        address instanceof InetSocketAddress internet
            ? "127.0.0.1:" + internet.getPort()
            : address.toString()
      };
      String[] all = Arrays.copyOf(keys, keys.length + more.length);
      System.arraycopy(more, 0, all, keys.length, more.length);
      rig = StreamRig.open(all);
    }

    StreamPeer next() throws Exception {
      return peers == null ? StreamPeer.connect(address) : StreamPeer.accept(peers);
    }

    @Override
    public void close() throws IOException {
      rig.close();
      if (peers != null) {
        peers.close();
      }
    }
  }

  @TempDir Path folder;

  private static int freePort() throws Exception {
    try (ServerSocketChannel probe =
        ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      return ((InetSocketAddress) probe.getLocalAddress()).getPort();
    }
  }

  private static void exchange(StreamRig rig, StreamPeer peer, int first) throws Exception {
    List<TestPacket> packets = StreamRig.packets(first, 20, 300);
    rig.transmit(packets);
    for (TestPacket packet : packets) {
      assertArrayEquals(packet.frame(), peer.read(StreamRig.PATIENCE));
      peer.inject(packet.frame());
    }
    assertEquals(IntStream.range(first, first + 20).boxed().toList(), rig.receive(20));
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void onePeerAfterTheOtherIsServed(Kind kind) throws Exception {
    try (Pair pair = new Pair(kind)) {
      for (int round = 1; round <= 3; round++) {
        try (StreamPeer peer = pair.next()) {
          pair.rig.driveUntilConnected();
          exchange(pair.rig, peer, round * 100);
          assertEquals(round, pair.rig.count("connections"));
        }
        pair.rig.driveUntil("the end is noticed", () -> !pair.rig.isConnected());
        assertTrue(pair.rig.value("last-problem").contains("closed"), pair.rig::inspect);
      }
      assertEquals(60, pair.rig.queue.queue().statistics().txPackets());
      assertEquals(60, pair.rig.queue.queue().statistics().rxPackets());
      assertEquals(0, pair.rig.queue.queue().statistics().txErrors());
      assertEquals(0, pair.rig.count("rx-frames-cut"));
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aPeerThatIsKilledInMidFrameCostsThatFrameOnly(Kind kind) throws Exception {
    try (Pair pair = new Pair(kind)) {
      try (StreamPeer peer = pair.next()) {
        pair.rig.driveUntilConnected();
        peer.inject(TestFrames.frame(1, 200));
        ByteBuffer half = StreamPeer.encode(TestFrames.frame(2, 200));
        peer.send(half.slice(0, 120));
        assertEquals(List.of(1), pair.rig.receive(1));
      }
      pair.rig.driveUntil("the end is noticed", () -> !pair.rig.isConnected());
      assertEquals(1, pair.rig.count("rx-frames-cut"));
      assertEquals(0, pair.rig.count("rx-frames-untaken"));
      try (StreamPeer peer = pair.next()) {
        pair.rig.driveUntilConnected();
        exchange(pair.rig, peer, 100);
      }
    }
  }

  /** Frames that came before the end are delivered though the peer is gone. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void whatCameBeforeTheEndIsReceived(Kind kind) throws Exception {
    try (Pair pair = new Pair(kind)) {
      try (StreamPeer peer = pair.next()) {
        pair.rig.driveUntilConnected();
        for (int i = 0; i < 30; i++) {
          peer.inject(TestFrames.frame(i, 500));
        }
      }
      assertEquals(30, pair.rig.receive(30).size());
      pair.rig.driveUntil("the end is noticed", () -> !pair.rig.isConnected());
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void aMalformedLengthEndsTheConnection(Kind kind) throws Exception {
    try (Pair pair = new Pair(kind)) {
      for (int length : new int[] {0, 65_554, -1}) {
        try (StreamPeer peer = pair.next()) {
          pair.rig.driveUntilConnected();
          long before = pair.rig.count("malformed-lengths");
          peer.inject(TestFrames.frame(7, 100));
          peer.send(ByteBuffer.allocate(4).putInt(length).flip());
          assertEquals(List.of(7), pair.rig.receive(1));
          pair.rig.driveUntil(
              "it is counted", () -> pair.rig.count("malformed-lengths") == before + 1);
          peer.awaitEnd();
          assertEquals(
              "the peer sent the length "
                  + Integer.toUnsignedString(length)
                  + "; allowed are 1 to 65553",
              pair.rig.value("last-problem"));
        }
      }
      try (StreamPeer peer = pair.next()) {
        pair.rig.driveUntilConnected();
        exchange(pair.rig, peer, 100);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"UNIX_SERVER", "TCP_SERVER"})
  void aSecondPeerIsTurnedAway(Kind kind) throws Exception {
    try (Pair pair = new Pair(kind);
        StreamPeer first = pair.next()) {
      pair.rig.driveUntilConnected();
      try (StreamPeer second = pair.next()) {
        second.awaitEnd();
      }
      assertEquals(1, pair.rig.count("refused-peers"));
      exchange(pair.rig, first, 100);
      first.leave();
      try (StreamPeer third = pair.next()) {
        pair.rig.driveUntil("the next is served", () -> pair.rig.count("connections") == 2);
        exchange(pair.rig, third, 200);
      }
    }
  }

  /** A peer that went away is replaced though what it sent is taken by nobody. */
  @Test
  void aDeadPeerWhoseFramesNobodyTakesMakesRoom() throws Exception {
    try (Pair pair = new Pair(Kind.UNIX_SERVER)) {
      try (StreamPeer peer = pair.next()) {
        pair.rig.driveUntilConnected();
        peer.inject(TestFrames.frame(1, 100));
        peer.inject(TestFrames.frame(2, 100));
        pair.rig.driveUntil("they are held", () -> pair.rig.count("rx-held-bytes") == 208);
      }
      try (StreamPeer peer = pair.next()) {
        pair.rig.driveUntil("the next is served", () -> pair.rig.count("connections") == 2);
        assertEquals(2, pair.rig.count("rx-frames-untaken"));
        exchange(pair.rig, peer, 100);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void whatIsSentWaitsForTheFirstPeer(Kind kind) throws Exception {
    try (Pair pair = new Pair(kind, "hold", "60000")) {
      List<TestPacket> packets = StreamRig.packets(0, 10, 100);
      if (kind.server) {
        assertEquals(0, pair.rig.queue.offer(packets), "nobody is there");
        assertFalse(pair.rig.queue.pollReady());
      }
      try (StreamPeer peer = pair.next()) {
        pair.rig.transmit(packets);
        for (TestPacket packet : packets) {
          assertArrayEquals(packet.frame(), peer.read(StreamRig.PATIENCE));
        }
      }
      assertEquals(0, pair.rig.queue.queue().statistics().txErrors());
    }
  }

  @Test
  void afterTheHoldWhatIsSentIsDroppedAndCounted() throws Exception {
    try (Pair pair = new Pair(Kind.UNIX_SERVER, "hold", "100")) {
      // The harness waits to be woken: the end of the hold has to do that.
      pair.rig.transmit(StreamRig.packets(0, 10, 100));
      assertEquals(10, pair.rig.queue.queue().statistics().txErrors());
      assertEquals(10, pair.rig.count("tx-dropped-away"));
      try (StreamPeer peer = pair.next()) {
        pair.rig.driveUntilConnected();
        exchange(pair.rig, peer, 100);
        assertNull(peer.read(Duration.ofMillis(20)), "nothing old is sent");
      }
      pair.rig.driveUntil("the end is noticed", () -> !pair.rig.isConnected());
      assertEquals(0, pair.rig.queue.offer(StreamRig.packets(500, 1, 100)), "a new hold begins");
    }
  }

  /** The queue is closed with a frame half out; the next queue completes it. */
  @Test
  void aFrameThatWentInPartOutlivesItsQueue() throws Exception {
    try (Pair pair = new Pair(Kind.UNIX_CLIENT)) {
      ServerSocketChannel peers = Objects.requireNonNull(pair.peers);
      try (StreamPeer peer = StreamPeer.slow(peers)) {
        pair.rig.driveUntilConnected();
        // More than the kernel takes in one piece, so that it ends within a frame.
        int sent = 0;
        for (int accepted = 8; accepted == 8; sent += accepted) {
          accepted = pair.rig.queue.offer(StreamRig.packets(sent, 8, 20_000));
        }
        assertTrue(pair.rig.count("tx-held-bytes") > 0, pair.rig::inspect);
        pair.rig.reopen();
        assertEquals(1, pair.rig.count("connections"), "the connection is the same");
        peer.startReading();
        pair.rig.transmit(StreamRig.packets(sent, 10, 20_000));
        for (int i = 0; i < sent + 10; i++) {
          assertArrayEquals(TestFrames.frame(i, 20_000), peer.read(StreamRig.PATIENCE));
        }
        assertEquals(0, pair.rig.count("tx-frames-cut"));
      }
    }
  }

  @Test
  void theLinksStateIsTold() throws Exception {
    try (Pair pair = new Pair(Kind.UNIX_SERVER)) {
      assertEquals(
          new EndpointAction.LinkStatusNotify(false), pair.rig.endpoint.waitForEndpointAction());
      try (StreamPeer peer = pair.next()) {
        pair.rig.driveUntilConnected();
        assertEquals(
            new EndpointAction.LinkStatusNotify(true), pair.rig.endpoint.waitForEndpointAction());
        exchange(pair.rig, peer, 1);
      }
      pair.rig.driveUntil("the end is noticed", () -> !pair.rig.isConnected());
      assertEquals(
          new EndpointAction.LinkStatusNotify(false), pair.rig.endpoint.waitForEndpointAction());
    }
  }

  @Test
  void aClientTriesAgainForEverWithPauses() throws Exception {
    Path path = folder.resolve("s");
    try (StreamRig rig = StreamRig.open("path", path.toString())) {
      rig.driveUntil("it has tried", () -> rig.count("failed-attempts") >= 3);
      assertEquals("connecting", rig.value("connection"));
      assertTrue(rig.value("last-problem").startsWith(path + ": "), rig::inspect);
      try (ServerSocketChannel server = StreamPeer.listen(UnixDomainSocketAddress.of(path));
          StreamPeer peer = StreamPeer.accept(server)) {
        rig.driveUntilConnected();
        exchange(rig, peer, 1);
      }
    }
  }
}
