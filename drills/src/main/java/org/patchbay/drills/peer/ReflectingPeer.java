package org.patchbay.drills.peer;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;

/**
 * Somebody at a unix socket who speaks the framing of QEMU's stream netdev, four bytes of length
 * and the frame, and sends each frame back. It serves one connection after the other on a thread of
 * its own. Any thread may ask for its counts.
 */
public final class ReflectingPeer {
  private static final int HEADER = 4;

  /** The longest frame with an offload header that the framing's users send. */
  private static final int LONGEST = 65_535 + 64;

  /** Each so many frames one is sent in three pieces, as a stream may deliver it at any time. */
  private static final int PIECES_EACH = 16;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final ServerSocketChannel server;
  private final Thread thread;

  private final AtomicLong received = new AtomicLong();
  private final AtomicLong reflected = new AtomicLong();
  private final AtomicLong connections = new AtomicLong();

  // Written by the thread alone.
  private volatile @Nullable String fault;
  private volatile @Nullable SocketChannel connection;

  private ReflectingPeer(ServerSocketChannel server, Path socket) {
    this.server = server;
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name("drill-reflector-" + socket.getFileName())
            .unstarted(this::serve);
  }

  /** Starts one that listens; the cleanup ends it. */
  public static ReflectingPeer start(Cleanup cleanup, Path socket) throws RigException {
    try {
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      ReflectingPeer peer = new ReflectingPeer(server, socket);
      cleanup.add("the peer at " + socket, peer::close);
      server.bind(UnixDomainSocketAddress.of(socket));
      peer.thread.start();
      return peer;
    } catch (IOException e) {
      throw new RigException("Nobody can listen at " + socket + ": " + e.getMessage(), e);
    }
  }

  private void serve() {
    try {
      while (true) {
        try (SocketChannel accepted = server.accept()) {
          connection = accepted;
          connections.incrementAndGet();
          reflect(accepted);
        }
      }
    } catch (ClosedChannelException e) {
      // The drill is over.
    } catch (IOException e) {
      fault = "its socket failed: " + e.getMessage();
    }
  }

  /** Sends frames back until the connection ends, wherever in a frame that is. */
  private void reflect(SocketChannel channel) throws ClosedChannelException {
    try {
      DataInputStream in =
          new DataInputStream(new BufferedInputStream(Channels.newInputStream(channel), 1 << 16));
      ByteBuffer frame = ByteBuffer.allocate(HEADER + LONGEST);
      while (fault == null) {
        int length = in.readInt();
        if (length <= 0 || length > LONGEST) {
          fault = "a frame was announced with a length of " + length + " bytes";
          return;
        }
        frame.clear().putInt(length).limit(HEADER + length);
        in.readFully(frame.array(), HEADER, length);
        received.incrementAndGet();
        send(channel, frame.rewind());
        reflected.incrementAndGet();
      }
    } catch (EOFException e) {
      // The other side left.
    } catch (AsynchronousCloseException e) {
      throw e;
    } catch (IOException e) {
      // The other side left in the middle of something.
    }
  }

  private void send(SocketChannel channel, ByteBuffer frame) throws IOException {
    int end = frame.limit();
    if (reflected.get() % PIECES_EACH == 0) {
      writeUpTo(channel, frame, HEADER / 2);
      writeUpTo(channel, frame, HEADER + 1);
    }
    writeUpTo(channel, frame, end);
  }

  private static void writeUpTo(SocketChannel channel, ByteBuffer frame, int limit)
      throws IOException {
    frame.limit(limit);
    while (frame.hasRemaining()) {
      channel.write(frame);
    }
  }

  /** Frames that came whole, over all connections. */
  public long received() {
    return received.get();
  }

  /** Frames that were sent back whole, over all connections. */
  public long reflected() {
    return reflected.get();
  }

  /** Connections so far. */
  public long connections() {
    return connections.get();
  }

  /** What the other side did that the framing does not allow, as a phrase. */
  public Optional<String> fault() {
    return Optional.ofNullable(fault);
  }

  private void close() throws IOException, InterruptedException {
    server.close();
    @Nullable SocketChannel open = connection;
    if (open != null) {
      open.close();
    }
    if (thread.getState() != Thread.State.NEW && !thread.join(PATIENCE)) {
      throw new IOException("its thread does not end");
    }
  }
}
