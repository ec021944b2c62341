package com.example.patchbay.stream;

import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.patchbay.conformance.Peer;

/**
 * A far end that connects again whenever its connection has ended, as the kit's stops need. A
 * thread sees to it.
 */
final class LastingPeer implements Peer, AutoCloseable {
  private final SocketAddress address;
  private final Thread thread;
  private volatile StreamPeer connection;

  private LastingPeer(SocketAddress address, StreamPeer connection) {
    this.address = address;
    this.connection = connection;
    this.thread = Thread.ofPlatform().daemon().name("lasting-peer").unstarted(this::run);
  }

  static LastingPeer connect(SocketAddress address) throws Exception {
    LastingPeer peer = new LastingPeer(address, StreamPeer.connect(address));
    peer.thread.start();
    return peer;
  }

  private void run() {
    try {
      while (true) {
        StreamPeer last = connection;
        last.awaitEnd();
        last.close();
        connection = StreamPeer.connect(address);
      }
    } catch (Exception end) {
      // Interrupted by close(), or nobody listens any more: a check that needs a peer will say so.
    }
  }

  @Override
  public void inject(byte[] frame) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (true) {
      try {
        connection.inject(frame);
        return;
      } catch (IOException endedMeanwhile) {
        if (System.nanoTime() > deadline) {
          throw endedMeanwhile;
        }
        Thread.sleep(1);
      }
    }
  }

  @Override
  public byte @Nullable [] read(Duration patience) throws Exception {
    long deadline = System.nanoTime() + patience.toNanos();
    byte[] frame = null;
    while (frame == null && System.nanoTime() < deadline) {
      frame = connection.read(Duration.ofMillis(5));
    }
    return frame;
  }

  @Override
  public void close() throws IOException {
    thread.interrupt();
    try {
      boolean _ = thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    connection.close();
  }
}
