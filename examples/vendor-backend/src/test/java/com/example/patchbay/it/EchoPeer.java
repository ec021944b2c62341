package com.example.patchbay.it;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Connects to a stream again and again, and sends every frame back. */
final class EchoPeer implements AutoCloseable {
  private final UnixDomainSocketAddress address;
  private final AtomicLong echoed = new AtomicLong();
  private final Thread thread;
  private volatile boolean ending;

  EchoPeer(Path path) {
    address = UnixDomainSocketAddress.of(path);
    thread = Thread.ofPlatform().daemon().name("echo-peer").start(this::run);
  }

  /** How many frames were sent back. */
  long echoed() {
    return echoed.get();
  }

  private void run() {
    while (!ending) {
      try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
        channel.connect(address);
        echo(channel);
      } catch (IOException nobodyThere) {
        try {
          Thread.sleep(10);
        } catch (InterruptedException e) {
          return;
        }
      }
    }
  }

  private void echo(SocketChannel channel) throws IOException {
    DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
    DataOutputStream out = new DataOutputStream(Channels.newOutputStream(channel));
    while (!ending) {
      byte[] frame = new byte[4 + in.readInt()];
      in.readFully(frame, 4, frame.length - 4);
      ByteBuffer.wrap(frame).putInt(frame.length - 4);
      out.write(frame);
      echoed.incrementAndGet();
    }
  }

  @Override
  public void close() {
    ending = true;
    thread.interrupt();
    try {
      boolean _ = thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
