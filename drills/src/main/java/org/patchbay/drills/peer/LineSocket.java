package org.patchbay.drills.peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.patchbay.drills.rig.Await;
import org.patchbay.drills.rig.Cleanup;
import org.patchbay.drills.rig.RigException;

/** Lines of text to and from a program that listens at a unix socket. One thread. */
final class LineSocket {
  /** What the reader puts last; no line can hold a line feed. */
  private static final String END = "\n";

  private final String name;
  private final SocketChannel channel;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

  private LineSocket(String name, SocketChannel channel) {
    this.name = name;
    this.channel = channel;
  }

  /**
   * Connects as soon as the program listens; the cleanup closes the connection.
   *
   * @param name what sentences call the other side
   */
  static LineSocket connect(Cleanup cleanup, String name, Path socket, Duration limit)
      throws RigException, InterruptedException {
    List<SocketChannel> connected = new ArrayList<>();
    Await.until(
        name + " at " + socket,
        limit,
        () -> {
          @Nullable SocketChannel channel = tryConnect(socket);
          if (channel != null) {
            connected.add(channel);
          }
          return channel != null;
        });
    LineSocket lineSocket = new LineSocket(name, connected.getFirst());
    cleanup.add("the connection to " + name, lineSocket.channel::close);
    Thread.ofPlatform().daemon().name("drill-" + name).start(lineSocket::read);
    return lineSocket;
  }

  private static @Nullable SocketChannel tryConnect(Path socket) throws RigException {
    try {
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
        return channel;
      } catch (IOException e) {
        channel.close();
        return null;
      }
    } catch (IOException e) {
      throw new RigException("No unix socket can be opened: " + e.getMessage(), e);
    }
  }

  private void read() {
    try (BufferedReader reader =
        new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      // The other side ended, or the cleanup closed the channel; what was read is kept.
    } finally {
      lines.add(END);
    }
  }

  /** Sends a line. */
  void send(String line) throws RigException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(line + "\n");
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw new RigException(name + " takes no more words: " + e.getMessage(), e);
    }
  }

  /**
   * Takes all lines up to a wanted one.
   *
   * @param what the wanted line, for the sentence about a failure
   * @return the lines, the wanted one last
   * @throws RigException if it does not come within the limit
   */
  List<String> takeUntil(String what, Duration limit, Predicate<String> wanted)
      throws RigException, InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    List<String> taken = new ArrayList<>();
    while (true) {
      @Nullable String line = lines.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      if (line == null || line.equals(END)) {
        throw new RigException(
            name
                + (line == null ? " said nothing within " + limit.toMillis() + " ms" : " ended")
                + " but "
                + what
                + " was awaited; its last lines: "
                + String.join(" | ", taken.subList(Math.max(0, taken.size() - 5), taken.size())));
      }
      taken.add(line);
      if (wanted.test(line)) {
        return taken;
      }
    }
  }
}
