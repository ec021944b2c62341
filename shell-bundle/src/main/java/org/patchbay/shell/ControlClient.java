package org.patchbay.shell;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.osgi.service.log.Logger;

/**
 * One connection of the control socket: reads a line, runs it, answers, closes. Runs once, on a
 * thread of its own; an interrupt ends it.
 */
final class ControlClient implements Runnable {

  /** Longest line in bytes, without its end. */
  static final int MAX_LINE = 64 * 1024;

  /** How long a client may take to send its line, and how long to take the answer. */
  static final Duration LIMIT = Duration.ofSeconds(5);

  /** How long to wait for a client that sends more than a line, so that it reads our answer. */
  private static final Duration LINGER = Duration.ofSeconds(1);

  private final SocketChannel channel;
  private final CommandTable table;
  private final Logger logger;
  private final Duration limit;

  ControlClient(SocketChannel channel, CommandTable table, Logger logger, Duration limit) {
    this.channel = channel;
    this.table = table;
    this.logger = logger;
    this.limit = limit;
  }

  @Override
  public void run() {
    try (channel;
        Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      write(selector, answer(selector));
      channel.shutdownOutput();
      linger(selector);
    } catch (IOException e) {
      // The client has gone; it alone would want to know.
      logger.debug("A client of the control socket broke off: {}", e.getMessage());
    } catch (InterruptedException e) {
      // The socket is closing: nobody waits for this thread's state.
    }
  }

  private String answer(Selector selector) throws IOException, InterruptedException {
    try {
      String answer = table.execute(readLine(selector));
      return answer.isEmpty() ? "OK\n" : "OK\n" + answer + "\n";
    } catch (CommandRefused e) {
      return "ERROR\n" + e.sentence() + "\n";
    } catch (RuntimeException e) { // A bug, or a service that left: the client must hear of it.
      logger.warn("A command failed: {}", e, e);
      return "ERROR\nThe command failed: " + e + ".\n";
    }
  }

  /** Reads up to the first line end or the end of the stream. */
  private String readLine(Selector selector)
      throws IOException, InterruptedException, CommandRefused {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    long deadline = System.nanoTime() + limit.toNanos();
    while (true) {
      if (!await(selector, deadline)) {
        throw new CommandRefused(
            "No whole line came within " + limit.toMillis() + " ms; end it with a line end");
      }
      int count = channel.read(buffer);
      buffer.flip();
      boolean ended = count < 0;
      while (buffer.hasRemaining() && !ended) {
        byte next = buffer.get();
        ended = next == '\n';
        if (!ended) {
          line.write(next);
        }
      }
      buffer.clear();
      if (line.size() > MAX_LINE) {
        throw new CommandRefused("The line is too long; " + MAX_LINE + " bytes are allowed");
      }
      if (ended) {
        return decode(line.toByteArray());
      }
    }
  }

  private static String decode(byte[] line) throws CommandRefused {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    } catch (CharacterCodingException e) {
      throw new CommandRefused("The line is not UTF-8; send the command as UTF-8", e);
    }
  }

  private void write(Selector selector, String text) throws IOException, InterruptedException {
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    long deadline = System.nanoTime() + limit.toNanos();
    interest(selector, SelectionKey.OP_WRITE);
    while (bytes.hasRemaining()) {
      if (!await(selector, deadline)) {
        throw new IOException("it did not take its answer within " + limit.toMillis() + " ms");
      }
      channel.write(bytes);
    }
  }

  /**
   * Takes what is left of the client's input: a socket that is closed with input unread would cut
   * the answer off.
   */
  private void linger(Selector selector) throws IOException, InterruptedException {
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    long deadline = System.nanoTime() + LINGER.toNanos();
    interest(selector, SelectionKey.OP_READ);
    while (await(selector, deadline) && channel.read(buffer.clear()) >= 0) {
      // Thrown away.
    }
  }

  private void interest(Selector selector, int operation) {
    SelectionKey key = channel.keyFor(selector); // Registered by run(), so never null.
    if (key != null) {
      key.interestOps(operation);
    }
  }

  private static boolean await(Selector selector, long deadline)
      throws IOException, InterruptedException {
    while (true) {
      long millis = (deadline - System.nanoTime()) / 1_000_000;
      if (millis <= 0) {
        return false;
      }
      int ready = selector.select(millis);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      selector.selectedKeys().clear();
      if (ready > 0) {
        return true;
      }
    }
  }
}
