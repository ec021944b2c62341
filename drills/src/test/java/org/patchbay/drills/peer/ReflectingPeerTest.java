package org.patchbay.drills.peer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.TemporaryFolder;

@Timeout(60)
class ReflectingPeerTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private static void send(SocketChannel channel, int length, byte[] bytes) throws Exception {
    ByteBuffer frame = ByteBuffer.allocate(4 + bytes.length).putInt(length).put(bytes).flip();
    while (frame.hasRemaining()) {
      channel.write(frame);
    }
  }

  @Test
  void eachFrameComesBackAndTheNextConnectionIsServed() throws Exception {
    try (Cleanup cleanup = Cleanup.open()) {
      Path socket = TemporaryFolder.create(cleanup).resolve("s");
      ReflectingPeer peer = ReflectingPeer.start(cleanup, socket);
      for (int connection = 0; connection < 2; connection++) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
          DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
          for (int i = 1; i <= 40; i++) {
            byte[] bytes = new byte[i * 37];
            bytes[i] = (byte) i;
            send(channel, bytes.length, bytes);
            assertEquals(bytes.length, in.readInt());
            assertArrayEquals(bytes, in.readNBytes(bytes.length));
          }
          // Half a frame is none.
          send(channel, 100, new byte[50]);
        }
      }
      Await.until("80 frames", LIMIT, () -> peer.reflected() == 80);
      assertEquals(80, peer.received());
      assertEquals(2, peer.connections());
      assertTrue(peer.fault().isEmpty());
    }
  }

  @Test
  void aLengthThatNoFrameHasIsAFault() throws Exception {
    try (Cleanup cleanup = Cleanup.open()) {
      Path folder = TemporaryFolder.create(cleanup);
      for (int length : new int[] {0, -1, 70_000}) {
        Path socket = folder.resolve("s" + length);
        ReflectingPeer peer = ReflectingPeer.start(cleanup, socket);
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
          send(channel, length, new byte[0]);
          Await.until("a fault", LIMIT, () -> peer.fault().isPresent());
        }
      }
      assertTrue(Files.exists(folder));
    }
  }
}
