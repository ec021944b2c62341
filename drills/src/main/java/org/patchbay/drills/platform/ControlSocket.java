package org.patchbay.drills.platform;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.patchbay.drills.rig.RigException;

/**
 * Sends console commands to a running platform: one line of UTF-8 to it, then from it a line {@code
 * OK} or {@code ERROR} and the text, one connection for each command.
 */
final class ControlSocket {
  private final Path socket;

  ControlSocket(Path socket) {
    this.socket = socket;
  }

  /**
   * Runs a command.
   *
   * @param limit after which the connection is given up
   * @throws RigException if the platform can't be reached or breaks off
   */
  Answer ask(String command, Duration limit) throws RigException, InterruptedException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // A blocking channel knows no limit; closing it ends the exchange.
      FutureTask<Answer> exchange = new FutureTask<>(() -> exchange(channel, command));
      Thread.ofPlatform().daemon().name("drill-console").start(exchange);
      return exchange.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new RigException(
          "The platform did not answer '" + command + "' within " + limit.toMillis() + " ms.", e);
    } catch (ExecutionException e) {
      throw new RigException("The platform can't be asked '" + command + "': " + e.getCause(), e);
    } catch (IOException e) {
      throw new RigException("No unix socket can be opened: " + e.getMessage(), e);
    }
  }

  private Answer exchange(SocketChannel channel, String command) throws IOException {
    channel.connect(UnixDomainSocketAddress.of(socket));
    ByteBuffer line = StandardCharsets.UTF_8.encode(command + "\n");
    while (line.hasRemaining()) {
      channel.write(line);
    }
    channel.shutdownOutput();
    String all =
        new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
    String[] parts = all.split("\n", 2);
    return switch (parts[0]) {
      case "OK" -> new Answer(true, parts.length == 2 ? parts[1].stripTrailing() : "");
      case "ERROR" -> new Answer(false, parts.length == 2 ? parts[1].stripTrailing() : "");
      default -> throw new IOException("its answer is neither OK nor ERROR: " + all);
    };
  }
}
