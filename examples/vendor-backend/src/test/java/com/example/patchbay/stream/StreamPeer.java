package com.example.patchbay.stream;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.patchbay.conformance.Peer;

/**
 * The far end of a stream, by Java's own sockets: an implementation of the framing that shares no
 * line with the one under test. A thread reads frames until the connection ends; that of a {@link
 * #slow} peer is started later.
 */
final class StreamPeer implements Peer, AutoCloseable {
  private static final int MAX_WAITING = 100_000;

  private final SocketChannel channel;
  private final BlockingQueue<byte[]> frames = new ArrayBlockingQueue<>(MAX_WAITING);
  private final Thread reader;
  private volatile boolean ended;

  private StreamPeer(SocketChannel channel) {
    this.channel = channel;
    this.reader = Thread.ofPlatform().daemon().name("stream-peer").unstarted(this::readAll);
  }

  /** A peer that connects, trying for a while. */
  static StreamPeer connect(SocketAddress address) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (true) {
      SocketChannel channel =
          address instanceof UnixDomainSocketAddress
              ? SocketChannel.open(StandardProtocolFamily.UNIX)
              : SocketChannel.open();
      try {
        channel.connect(address);
        return reading(channel);
      } catch (IOException e) {
        channel.close();
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Thread.sleep(10);
      }
    }
  }

  /** A server's socket for {@link #accept}. */
  static ServerSocketChannel listen(SocketAddress address) throws IOException {
    ServerSocketChannel server =
        address instanceof UnixDomainSocketAddress
            ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            : ServerSocketChannel.open().setOption(StandardSocketOptions.SO_REUSEADDR, true);
    return server.bind(address);
  }

  /** A peer that was connected to. */
  static StreamPeer accept(ServerSocketChannel server) throws IOException {
    return reading(server.accept());
  }

  /** A peer that was connected to and reads nothing before {@link #startReading}. */
  static StreamPeer slow(ServerSocketChannel server) throws IOException {
    return new StreamPeer(server.accept());
  }

  private static StreamPeer reading(SocketChannel channel) {
    StreamPeer peer = new StreamPeer(channel);
    peer.startReading();
    return peer;
  }

  void startReading() {
    reader.start();
  }

  private void readAll() {
    try {
      DataInputStream in = new DataInputStream(Channels.newInputStream(channel));
      while (true) {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        frames.put(frame);
      }
    } catch (IOException | InterruptedException end) {
      ended = true;
    }
  }

  /** Whether the connection has ended. */
  boolean isEnded() {
    return ended;
  }

  /** Waits for the connection's end. */
  void awaitEnd() throws InterruptedException {
    reader.join();
  }

  /** A frame behind its length. */
  static ByteBuffer encode(byte[] frame) {
    return ByteBuffer.allocate(4 + frame.length).putInt(frame.length).put(frame).flip();
  }

  @Override
  public void inject(byte[] frame) throws IOException {
    send(encode(frame));
  }

  /** Sends bytes as they are. */
  void send(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Override
  public byte @Nullable [] read(Duration patience) throws InterruptedException {
    return frames.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Goes away, as a process that is killed does; it is gone when this returns. */
  void leave() throws IOException {
    channel.close();
    try {
      boolean _ = !reader.isAlive() || reader.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    leave();
  }
}
