package com.example.patchbay.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.conformance.support.TestFrames;

/** A side that is slower than the other makes it wait; nothing is lost, and little is held. */
@Timeout(60)
class SlowPeerTest {
  @TempDir Path folder;
  private ServerSocketChannel peers;
  private StreamRig rig;

  @BeforeEach
  void open() throws Exception {
    Path path = folder.resolve("s");
    peers = StreamPeer.listen(UnixDomainSocketAddress.of(path));
    rig = StreamRig.open("path", path.toString(), "buffer", "70000");
  }

  @AfterEach
  void close() throws Exception {
    rig.close();
    peers.close();
  }

  @Test
  void aPeerThatDoesNotReadTakesNothingMoreAndLosesNothing() throws Exception {
    try (StreamPeer peer = StreamPeer.slow(peers)) {
      rig.driveUntilConnected();
      int accepted = 0;
      for (int taken = 32; taken == 32; accepted += taken) {
        assertTrue(accepted < 100_000, "nobody reads, and everything is taken");
        taken = rig.queue.offer(StreamRig.packets(accepted, 32, 900));
      }
      requireSleep("a full socket");
      assertEquals(0, rig.queue.offer(StreamRig.packets(accepted, 1, 900)));
      assertEquals(accepted, rig.queue.queue().statistics().txPackets());
      assertTrue(rig.count("tx-held-bytes") < 904, rig::inspect);

      peer.startReading();
      assertTrue(rig.worker.awaitReady(StreamRig.PATIENCE), "room wakes the worker");
      rig.transmit(StreamRig.packets(accepted, 500, 900));
      for (int i = 0; i < accepted + 500; i++) {
        assertArrayEquals(TestFrames.frame(i, 900), peer.read(StreamRig.PATIENCE), "frame " + i);
      }
      assertNull(peer.read(Duration.ofMillis(20)));
      assertEquals(accepted + 500, rig.queue.queue().statistics().txPackets());
      assertEquals(0, rig.queue.queue().statistics().txErrors());
    }
  }

  @Test
  void aGuestWithoutBuffersMakesThePeerWait() throws Exception {
    int frames = 2000;
    try (StreamPeer peer = StreamPeer.accept(peers)) {
      rig.driveUntilConnected();
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(
              () -> {
                try {
                  for (int i = 0; i < frames; i++) {
                    peer.inject(TestFrames.frame(i, 900));
                  }
                } catch (Exception e) {
                  throw new IllegalStateException("the peer could not send", e);
                }
              });
      rig.driveUntil("some are held", () -> rig.count("rx-held-bytes") > 0);
      long deadline = System.nanoTime() + Duration.ofMillis(200).toNanos();
      while (System.nanoTime() < deadline) {
        assertFalse(rig.queue.pollReady(), "nothing can be received");
        boolean _ = rig.queue.driver().await(Duration.ofMillis(10));
        assertTrue(rig.count("rx-held-bytes") <= 70_000, rig::inspect);
      }
      assertFalse(sending.isDone(), "1.8 MB went into a buffer of 70 kB and a socket's");
      assertEquals(IntStream.range(0, frames).boxed().toList(), rig.receive(frames));
      sending.join();
      assertEquals(frames, rig.queue.queue().statistics().rxPackets());
      assertEquals(0, rig.queue.queue().statistics().rxErrors());
    }
  }

  /** Wake-ups from before may still come, but they end. */
  private void requireSleep(String what) {
    for (int woken = 0; woken < 20; woken++) {
      assertFalse(rig.queue.pollReady(), what + " is not ready");
      if (!rig.queue.driver().await(Duration.ofMillis(100))) {
        return;
      }
    }
    throw new AssertionError(what + " wakes the worker again and again");
  }

  /** While nothing can be received the worker sleeps, however much is there to be read. */
  @Test
  void framesThatNobodyCanTakeKeepNobodyAwake() throws Exception {
    try (StreamPeer peer = StreamPeer.accept(peers)) {
      rig.driveUntilConnected();
      for (int i = 0; i < 50; i++) {
        peer.inject(TestFrames.frame(i, 900));
      }
      rig.driveUntil("some are held", () -> rig.count("rx-held-bytes") > 0);
      requireSleep("a guest without buffers");
      assertEquals(50, rig.receive(50).size());
    }
  }

  @Test
  void framesThatFitNowhereAreDroppedAndCounted() throws Exception {
    try (StreamPeer peer = StreamPeer.accept(peers)) {
      rig.driveUntilConnected();
      rig.post();
      peer.inject(new byte[13]);
      peer.inject(TestFrames.frame(1, 5000));
      peer.inject(TestFrames.frame(2, 100));
      assertEquals(List.of(2), rig.receive(1));
      assertEquals(2, rig.queue.queue().statistics().rxErrors());
      assertEquals(1, rig.queue.queue().statistics().rxPackets());
    }
  }
}
